// What Rekor v1 makes of a proposed entry of kind dsse: the specification that it logs. The mock services of npm's
// `@sigstore/mock` log the proposal instead. Everything of other kinds stays as it is.
import crypto from 'node:crypto';

const hash = (bytes) => ({ algorithm: 'sha256', value: crypto.createHash('sha256').update(bytes).digest('hex') });

export function loggedSpec({ kind, spec }) {
  if (kind !== 'dsse') return spec;
  const { envelope, verifiers } = spec.proposedContent;
  const { payload, signatures } = JSON.parse(envelope);
  return {
    envelopeHash: hash(envelope),
    payloadHash: hash(Buffer.from(payload, 'base64')),
    signatures: [{ signature: signatures[0].sig, verifier: verifiers[0] }],
  };
}
