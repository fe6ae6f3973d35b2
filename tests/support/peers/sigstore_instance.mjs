// A private Sigstore instance over HTTP on loopback, for cosign: Fulcio (v1 and v2 of its API), Rekor v1, with the
// authority and the CT log of npm's `@sigstore/mock`:
//
//   npm install @sigstore/mock@0.12.1 canonicalize@2.1.0
//   node sigstore_instance.mjs FOLDER      (beside rekor_entry.mjs)
//
// writes into FOLDER trusted_root.json and signing_config.json, what cosign 2 wants in variables (fulcio.pem, rekor.pub,
// ctfe.pub), and token, an identity token; prints its address, and serves until its standard input ends. Keys are new in
// each run. The log is a tree of five leaves, so that there is a path to prove.
import { fulcioHandler, initializeCA, initializeCTLog } from '@sigstore/mock';
import canonicalize from 'canonicalize';
import crypto from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import { loggedSpec } from './rekor_entry.mjs';

const folder = process.argv[2];
const sha256 = (...parts) => parts.reduce((h, p) => h.update(p), crypto.createHash('sha256')).digest();
const pair = () => crypto.generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
const spki = (key) => key.export({ format: 'der', type: 'spki' });
const b64 = (bytes) => Buffer.from(bytes).toString('base64');

const ctKeys = pair(), caKeys = pair(), logKeys = pair();
const tokenKey = crypto.generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey; // cosign reads RS256 alone
const ctLog = await initializeCTLog(ctKeys);
const ca = await initializeCA(caKeys, ctLog);
const fulcio = fulcioHandler(ca);
const logId = sha256(spki(logKeys.publicKey));

// What the log makes of a proposed entry.
function canonical(proposed) {
  return Buffer.from(canonicalize({ apiVersion: proposed.apiVersion, kind: proposed.kind, spec: loggedSpec(proposed) }));
}

function log(request) {
  const body = canonical(JSON.parse(request));
  const leaf = (bytes) => sha256(Buffer.from([0]), bytes);
  const node = (left, right) => sha256(Buffer.from([1]), left, right);
  const [a, b, c, d, e] = ['a', 'b', 'c', body, 'e'].map((x) => leaf(Buffer.from(x)));
  const root = node(node(node(a, b), node(c, d)), e);
  const text = `rekor.example - 42\n5\n${b64(root)}\n`;
  const signature = crypto.sign('sha256', Buffer.from(text), logKeys.privateKey);
  const promised = { body: b64(body), integratedTime: Math.floor(Date.now() / 1000), logID: logId.toString('hex'), logIndex: 3 };
  const uuid = '000000000000002a' + d.toString('hex');
  return { uuid, entry: { [uuid]: { ...promised, verification: {
    signedEntryTimestamp: b64(crypto.sign('sha256', Buffer.from(canonicalize(promised)), logKeys.privateKey)),
    inclusionProof: {
      checkpoint: `${text}\n\u2014 rekor.example ${b64(Buffer.concat([logId.subarray(0, 4), signature]))}\n`,
      hashes: [c, node(a, b), e].map((hash) => hash.toString('hex')), logIndex: 3, rootHash: root.toString('hex'), treeSize: 5 } } } } };
}

async function answer(request, body) {
  const oidcIdentityToken = (request.headers.authorization ?? '').replace(/^bearer /i, '');
  if (request.method === 'POST' && request.url === '/api/v2/signingCert') {
    // The token may stand in the body or in the header.
    const { statusCode, response } = await fulcio.fn(JSON.stringify({ credentials: { oidcIdentityToken }, ...JSON.parse(body) }));
    return [statusCode === 201 ? 200 : statusCode, 'application/json', response]; // sigstore-go takes 200 alone
  }
  if (request.method === 'POST' && request.url === '/api/v1/signingCert') {
    const { publicKey } = JSON.parse(body);
    const given = Buffer.from(publicKey.content, 'base64'); // PEM or DER, as the client's version has it
    const key = crypto.createPublicKey(given.toString().startsWith('-----') ? given : { key: given, format: 'der', type: 'spki' });
    const { response } = await fulcio.fn(JSON.stringify({
      credentials: { oidcIdentityToken },
      publicKeyRequest: { publicKey: { content: key.export({ format: 'pem', type: 'spki' }) } } }));
    return [201, 'application/pem-certificate-chain', JSON.parse(response).signedCertificateEmbeddedSct.chain.certificates.join('\n')];
  }
  if (request.method === 'POST' && request.url === '/api/v1/log/entries') {
    const { uuid, entry } = log(body);
    return [201, 'application/json', JSON.stringify(entry), { Location: '/api/v1/log/entries/' + uuid, ETag: uuid }];
  }
  console.error(request.method, request.url);
  return [404, 'application/json', '{}'];
}

const server = http.createServer((request, response) => {
  const parts = [];
  request.on('data', (part) => parts.push(part)).on('end', async () => {
    try {
      const [status, type, text, more] = await answer(request, Buffer.concat(parts).toString());
      response.writeHead(status, { 'Content-Type': type, ...more }).end(text);
    } catch (error) {
      console.error(request.method, request.url, error);
      response.writeHead(500).end();
    }
  });
});
await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
const url = `http://127.0.0.1:${server.address().port}`;

const start = { start: '2020-01-01T00:00:00Z' };
const instance = (baseUrl, key) => ({ baseUrl, hashAlgorithm: 'SHA2_256',
  publicKey: { rawBytes: b64(spki(key)), keyDetails: 'PKIX_ECDSA_P256_SHA_256', validFor: start }, logId: { keyId: b64(sha256(spki(key))) } });
const pem = (der) => `-----BEGIN CERTIFICATE-----\n${b64(der).replace(/.{64}/g, '$&\n')}\n-----END CERTIFICATE-----\n`;
const write = (name, text) => fs.writeFileSync(`${folder}/${name}`, text);
write('trusted_root.json', JSON.stringify({
  mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
  tlogs: [instance('https://rekor.example', logKeys.publicKey)],
  certificateAuthorities: [{ subject: { organization: 'sigstore.mock', commonName: 'mock' }, uri: 'https://fulcio.example',
    certChain: { certificates: [{ rawBytes: b64(ca.rootCertificate) }] }, validFor: start }],
  ctlogs: [instance('https://ct.example', ctKeys.publicKey)],
  timestampAuthorities: [],
}, null, 1) + '\n');
const service = { url, majorApiVersion: 1, validFor: start, operator: 'test' };
write('signing_config.json', JSON.stringify({
  mediaType: 'application/vnd.dev.sigstore.signingconfig.v0.2+json',
  caUrls: [service], oidcUrls: [service], rekorTlogUrls: [service], tsaUrls: [],
  rekorTlogConfig: { selector: 'ANY' }, tsaConfig: { selector: 'ANY' },
}));
write('fulcio.pem', pem(ca.rootCertificate));
write('rekor.pub', logKeys.publicKey.export({ format: 'pem', type: 'spki' }));
write('ctfe.pub', ctKeys.publicKey.export({ format: 'pem', type: 'spki' }));
const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
const now = Math.floor(Date.now() / 1000);
const claims = `${part({ alg: 'RS256', typ: 'JWT' })}.${part({ iss: 'https://token.example', sub: 'https://ci.example/acme/base', aud: 'sigstore', iat: now, exp: now + 86400 })}`;
write('token', `${claims}.${crypto.sign('sha256', Buffer.from(claims), tokenKey).toString('base64url')}`);
console.log(url);
process.stdin.resume().on('end', () => process.exit(0));
