// Records bundles that npm's `sigstore` makes against the mock services of `@sigstore/mock`, all in this process:
//
//   npm install @sigstore/bundle@4.0.0 @sigstore/mock@0.12.1 @sigstore/protobuf-specs@0.5.2 @sigstore/sign@4.1.1 nock@13.5.6 canonicalize@2.1.0
//   node record.mjs FOLDER      (beside tests/support/peers/rekor_entry.mjs)
//
// writes FOLDER/trusted_root.json and one FOLDER/NAME.sigstore.json a kind of entry. Keys are new in each run. The mock
// log stores requests instead of entries and knows no tree, so the entries of envelopes and of Rekor v2 are written here
// in their canonical form, into a tree of five leaves.
import { bundleToJSON } from '@sigstore/bundle';
import { fulcioHandler, initializeCA, initializeCTLog, initializeTLog, initializeTSA, rekorHandler, tsaHandler } from '@sigstore/mock';
import { DSSEBundleBuilder, FulcioSigner, MessageSignatureBundleBuilder, RekorWitness, TSAWitness } from '@sigstore/sign';
import canonicalize from 'canonicalize';
import crypto from 'node:crypto';
import fs from 'node:fs';
import nock from 'nock';
import { loggedSpec } from './rekor_entry.mjs';

const folder = process.argv[2];
fs.mkdirSync(folder, { recursive: true });
nock.disableNetConnect();

const manifest = Buffer.from('the manifest of an image\n');
const identity = { iss: 'https://token.example', sub: 'https://ci.example/acme/base', aud: 'sigstore', iat: 1, exp: 4102444800 };
const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
const token = `${part({ alg: 'none' })}.${part(identity)}.`;

const sha256 = (...parts) => parts.reduce((h, p) => h.update(p), crypto.createHash('sha256')).digest();
const pair = () => crypto.generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
const spki = (key) => key.export({ format: 'der', type: 'spki' });

const ctKeys = pair(), caKeys = pair(), logKeys = pair(), tsaKeys = pair();
const ctLog = await initializeCTLog(ctKeys);
const ca = await initializeCA(caKeys, ctLog);
const log = await initializeTLog('https://rekor.example', logKeys);
const tsa = await initializeTSA(tsaKeys);

// Rekor v2.
const log2 = crypto.generateKeyPairSync('ed25519');
const log2Name = 'log2026.rekor.example';
const log2Id = sha256(log2Name + '\n', Buffer.from([1]), spki(log2.publicKey).subarray(12));
const leafHash = (bytes) => sha256(Buffer.from([0]), bytes);
const node = (left, right) => sha256(Buffer.from([1]), left, right);

function logged2(kind, body) {
  const bytes = Buffer.from(canonicalize(body));
  const [a, b, c, d, e] = ['a', 'b', 'c', bytes, 'e'].map((x) => leafHash(Buffer.from(x)));
  const root = node(node(node(a, b), node(c, d)), e);
  const text = `${log2Name}\n5\n${root.toString('base64')}\n`;
  const signature = crypto.sign(null, Buffer.from(text), log2.privateKey);
  const line = `\u2014 ${log2Name} ${Buffer.concat([log2Id.subarray(0, 4), signature]).toString('base64')}\n`;
  return {
    logIndex: '3',
    logId: { keyId: log2Id.toString('base64') },
    kindVersion: { kind, version: '0.0.2' },
    inclusionProof: {
      logIndex: '3',
      rootHash: root.toString('base64'),
      treeSize: '5',
      hashes: [c, node(a, b), e].map((h) => h.toString('base64')),
      checkpoint: { envelope: `${text}\n${line}` },
    },
    canonicalizedBody: bytes.toString('base64'),
  };
}

const pae = (type, body) => Buffer.concat([Buffer.from(`DSSEv1 ${type.length} ${type} ${body.length} `), body]);
const hash2 = (bytes) => ({ algorithm: 'SHA2_256', digest: sha256(bytes).toString('base64') });

// What the log would answer to the request.
function answer2(request, kind) {
  const record = request.hashedRekordRequestV002;
  if (record) {
    return logged2('hashedrekord', { apiVersion: '0.0.2', kind: 'hashedrekord', spec: { hashedRekordV002: {
      data: { algorithm: 'SHA2_256', digest: record.digest }, signature: record.signature } } });
  }
  const { envelope, verifiers } = request.dsseRequestV002;
  const payload = Buffer.from(envelope.payload, 'base64');
  const signature = { content: envelope.signatures[0].sig, verifier: verifiers[0] };
  if (kind === 'dsse') {
    return logged2('dsse', { apiVersion: '0.0.2', kind: 'dsse', spec: { dsseV002: { payloadHash: hash2(payload), signatures: [signature] } } });
  }
  return logged2('hashedrekord', { apiVersion: '0.0.2', kind: 'hashedrekord', spec: { hashedRekordV002: {
    data: hash2(pae(envelope.payloadType, payload)), signature } } });
}

// Rekor v1 turns a proposed envelope into an entry.
async function answer1(request) {
  const proposed = JSON.parse(request);
  proposed.spec = loggedSpec(proposed);
  if (proposed.kind === 'intoto') delete proposed.spec.content.envelope.payload;
  return rekorHandler(log).fn(JSON.stringify(proposed));
}

function serve(base, path, fn) {
  nock(base).persist().post(path).reply(async (_, body) => {
    const { statusCode, response, contentType } = await fn(typeof body === 'string' ? body : JSON.stringify(body));
    return [statusCode, response, { 'Content-Type': contentType ?? 'text/plain' }];
  });
}
let kind2 = 'hashedrekord';
const fulcio = fulcioHandler(ca), stamps = tsaHandler(tsa);
serve('https://fulcio.example', fulcio.path, fulcio.fn);
serve('https://stamp.example', stamps.path, stamps.fn);
serve('https://rekor.example', '/api/v1/log/entries', answer1);
serve('https://' + log2Name, '/api/v2/log/entries', async (body) =>
  ({ statusCode: 201, response: JSON.stringify(answer2(JSON.parse(body), kind2)), contentType: 'application/json' }));

const statement = Buffer.from(JSON.stringify({
  _type: 'https://in-toto.io/Statement/v1',
  subject: [{ name: 'image', digest: { sha256: sha256(manifest).toString('hex') } }],
  predicateType: 'https://slsa.dev/provenance/v1',
  predicate: { buildDefinition: { buildType: 'https://example.com/build' } },
}));

async function record(name, { envelope, v2, entryType }) {
  const signer = new FulcioSigner({ fulcioBaseURL: 'https://fulcio.example', identityProvider: { getToken: async () => token } });
  const witnesses = [new RekorWitness({ rekorBaseURL: v2 ? 'https://' + log2Name : 'https://rekor.example', majorApiVersion: v2 ? 2 : 1, entryType })];
  if (v2) witnesses.push(new TSAWitness({ tsaBaseURL: 'https://stamp.example' }));
  const builder = envelope ? new DSSEBundleBuilder({ signer, witnesses }) : new MessageSignatureBundleBuilder({ signer, witnesses });
  const artifact = envelope ? { data: statement, type: 'application/vnd.in-toto+json' } : { data: manifest };
  const bundle = await builder.create(artifact);
  fs.writeFileSync(`${folder}/${name}.sigstore.json`, JSON.stringify(bundleToJSON(bundle), null, 1) + '\n');
}

await record('rekor1-message', {});
await record('rekor1-dsse', { envelope: true, entryType: 'dsse' });
await record('rekor1-intoto', { envelope: true, entryType: 'intoto' });
await record('rekor2-message', { v2: true });
kind2 = 'dsse';
await record('rekor2-dsse', { envelope: true, v2: true });
kind2 = 'hashedrekord';
await record('rekor2-envelope', { envelope: true, v2: true });

const b64 = (bytes) => Buffer.from(bytes).toString('base64');
const start = { start: '2020-01-01T00:00:00Z' };
const instance = (baseUrl, key, keyDetails, id) => ({ baseUrl, hashAlgorithm: 'SHA2_256',
  publicKey: { rawBytes: b64(spki(key)), keyDetails, validFor: start }, logId: { keyId: b64(id) } });
const authority = (uri, ...chain) => ({ subject: { organization: 'sigstore.mock', commonName: 'mock' }, uri,
  certChain: { certificates: chain.map((c) => ({ rawBytes: b64(c) })) }, validFor: start });
fs.writeFileSync(`${folder}/trusted_root.json`, JSON.stringify({
  mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
  tlogs: [instance('https://rekor.example', logKeys.publicKey, 'PKIX_ECDSA_P256_SHA_256', sha256(spki(logKeys.publicKey))),
    instance('https://' + log2Name, log2.publicKey, 'PKIX_ED25519', log2Id)],
  certificateAuthorities: [authority('https://fulcio.example', ca.rootCertificate)],
  ctlogs: [instance('https://ct.example', ctKeys.publicKey, 'PKIX_ECDSA_P256_SHA_256', sha256(spki(ctKeys.publicKey)))],
  timestampAuthorities: [authority('https://stamp.example', tsa.intCertificate, tsa.rootCertificate)],
}, null, 1) + '\n');
fs.writeFileSync(`${folder}/manifest`, manifest);
