#include "resolver/trust/sigstore/verify.hpp"

#include <algorithm>

#include "resolver/base/text.hpp"
#include "resolver/trust/crypto/chain.hpp"
#include "resolver/trust/sigstore/certificate.hpp"
#include "resolver/trust/sigstore/log.hpp"

namespace lock::trust::sigstore {
namespace {

using image::SignatureState;

template <typename T = void>
std::unexpected<Refusal> refuse(Step step, const Error& error) {
  return std::unexpected(refusal_of(step, error));
}

std::unexpected<Refusal> refuse(Step step, SignatureState state, std::string reason) {
  return std::unexpected(Refusal{step, state, std::move(reason)});
}

using Times = std::vector<crypto::Time>;

// 4.2.1: "the Verifier MUST verify the timestamping response using the Timestamping Service root key material … with
// the raw bytes of the signature as the timestamped data … If verification or timestamp parsing fails, the Verifier
// MUST abort." So one bad timestamp beside a good one is refused.
std::expected<void, Refusal> add_timestamps(const Bundle& bundle, const TrustedRoot& root, Times& times) {
  for (const Bytes& der : bundle.timestamps) {
    const auto timestamp = crypto::Timestamp::from_response(der);
    if (!timestamp) return refuse(Step::timestamp, timestamp.error());
    const auto time = verify_timestamp_under(*timestamp, bundle.signature(), root);
    if (!time) return refuse(Step::timestamp, time.error());
    times.push_back(*time);
  }
  return {};
}

// 4.2.2: "the Verifier MUST verify the signature on the Transparency Service LogEntry … The Verifier MUST then parse
// the integratedTime". Without a promise it stays a claim, whatever the inclusion proof says: that covers the body
// alone.
std::expected<void, Refusal> add_entry_times(const Bundle& bundle, const TrustedRoot& root, Times& times) {
  for (const LogEntry& entry : bundle.entries) {
    if (!entry.promise) continue;
    const auto log = find_log(entry, root);
    if (!log) return refuse(Step::log_key, log.error());
    if (const auto verified = verify_promise(entry, **log); !verified) {
      return refuse(Step::entry_timestamp, verified.error());
    }
    times.push_back(crypto::from_unix(entry.integrated_time));
  }
  return {};
}

// Both ends of a log's range belong to it. Rekor v2 states no time: its entries are judged by the times of the
// timestamp authorities. An entry that no time vouches for cannot be in a log that was retired.
std::expected<void, Refusal> check_log_was_valid(const LogEntry& entry, const Log& log, const Times& times) {
  if (entry.promise) {
    const crypto::Time time = crypto::from_unix(entry.integrated_time);
    if (log.validity.contains(time)) return {};
    return refuse(Step::log_key, SignatureState::untrusted,
                  "the entry is of " + crypto::format_rfc3339(time) + ", the log's key is trusted " +
                      crypto::describe(log.validity));
  }
  if (times.empty() && log.validity.end) {
    return refuse(Step::log_key, SignatureState::untrusted,
                  "the log's key is trusted " + crypto::describe(log.validity) + ", and no time vouches for the entry");
  }
  for (const crypto::Time time : times) {
    if (log.validity.contains(time)) continue;
    return refuse(Step::log_key, SignatureState::untrusted,
                  "the signature is of " + crypto::format_rfc3339(time) + ", the log's key is trusted " +
                      crypto::describe(log.validity));
  }
  return {};
}

// 4.4 and rekor-v2-spec.md 7.2: checkpoint, inclusion proof, and then what the entry is about.
// Some v0.1 bundles have a proof without checkpoint (sigstore/sigstore-python#1088); there the promise is what counts.
std::expected<void, Refusal> verify_entry(const LogEntry& entry, const TrustedRoot& root, const Times& times,
                                          const SignedContent& content) {
  const auto log = find_log(entry, root);
  if (!log) return refuse(Step::log_key, log.error());
  if (auto valid = check_log_was_valid(entry, **log, times); !valid) return valid;
  if (!entry.promise && !entry.proof) {
    return refuse(Step::log_presence, SignatureState::invalid, "the log entry has neither promise nor inclusion proof");
  }
  if (entry.proof) {
    if (const auto included = verify_inclusion(entry, *entry.proof); !included) {
      return refuse(Step::inclusion_proof, included.error());
    }
    if (!entry.proof->checkpoint.empty()) {
      const auto checkpoint = verify_checkpoint(*entry.proof, **log);
      if (!checkpoint) return refuse(Step::checkpoint, checkpoint.error());
    } else if (!entry.promise || content.bundle.version != Bundle::Version::v0_1) {
      return refuse(Step::checkpoint, SignatureState::invalid, "the inclusion proof has no checkpoint");
    }
  }
  if (const auto bound = check_entry_binding(entry, content); !bound) return refuse(Step::entry_binding, bound.error());
  return {};
}

// 4.5. The schemes are those of the key; a message cannot choose.
std::expected<void, Refusal> verify_message(const Bundle& bundle, const MessageSignature& message,
                                            const Artifact& artifact, const crypto::PublicKey& key) {
  if (message.digest) {
    const auto hash = artifact_hash(artifact, message.digest->algorithm);
    if (!hash) {
      return refuse(Step::message_digest, SignatureState::unsupported,
                    "the bundle gives another hash of the artifact than the one that is known");
    }
    if (*hash != message.digest->digest) {
      return refuse(Step::message_digest, SignatureState::invalid, "the bundle's messageDigest is not the artifact's");
    }
  }
  // hashedrekord entries of Ed25519 keys are over Ed25519ph, which OpenSSL 3.0 lacks (algorithm-registry.md).
  const bool prehashed =
      std::ranges::any_of(bundle.entries, [](const LogEntry& e) { return e.kind == "hashedrekord"; });
  if (key.kind() == crypto::KeyKind::ed25519 && prehashed) {
    return refuse(Step::signature, SignatureState::unsupported,
                  "a hashedrekord entry with an Ed25519 key means Ed25519ph, which is not verified here");
  }
  Result<void> last = fail(ErrorKind::unsupported, "no scheme fits the key");
  for (const crypto::Scheme& scheme : accepted_schemes(key.kind(), bundle.version)) {
    if (artifact.bytes) {
      last = crypto::verify_signature(key, scheme, *artifact.bytes, message.signature);
    } else if (const auto hash = artifact_hash(artifact, scheme.hash)) {
      last = crypto::verify_digest_signature(key, scheme, *hash, message.signature);
    } else {
      last =
          fail(ErrorKind::unsupported, "the signature is over another hash of the artifact than the one that is known");
    }
    if (last) return {};
  }
  return refuse(Step::signature, last.error());
}

std::expected<void, Refusal> verify_envelope(const Bundle& bundle, const crypto::Envelope& envelope,
                                             const crypto::PublicKey& key) {
  const Bytes message = crypto::pre_authentication_encoding(envelope.payload_type, envelope.payload);
  Result<void> last = fail(ErrorKind::unsupported, "no scheme fits the key");
  for (const crypto::Scheme& scheme : accepted_schemes(key.kind(), bundle.version)) {
    last = crypto::verify_signature(key, scheme, message, envelope.signature);
    if (last) return {};
  }
  return refuse(Step::signature, last.error());
}

// 4.5: "The DSSE payloadType must be application/vnd.in-toto+json … The payload MUST be an in-toto statement … the
// artifact's digest/algorithm tuple is present in the list of subjects".
std::expected<in_toto::Statement, Refusal> read_statement(const crypto::Envelope& envelope, const Artifact& artifact) {
  if (envelope.payload_type != in_toto::statement_payload_type) {
    return refuse(Step::statement, SignatureState::unsupported,
                  "the envelope's payload is of type `" + base::harmless(envelope.payload_type, 80) + "`, expected " +
                      std::string(in_toto::statement_payload_type));
  }
  auto statement = in_toto::parse_statement(envelope.payload);
  if (!statement) return refuse(Step::statement, statement.error());
  if (!in_toto::names_subject(*statement, artifact.algorithm, artifact.digest)) {
    return refuse(Step::statement_subject, SignatureState::invalid, "no subject of the statement has this digest");
  }
  return std::move(*statement);
}

struct SigningKey {
  crypto::PublicKey key;
  std::optional<Identity> identity;
};

// 4.3, or the key that the policy names.
std::expected<SigningKey, Refusal> settle_key(const Bundle& bundle, const Policy& policy, const Times& times) {
  if (policy.key) {
    if (!bundle.certificates.empty()) {
      return refuse(Step::choose_verifier, SignatureState::untrusted,
                    "a certificate signed, and a key is what is trusted here");
    }
    return SigningKey{*policy.key, std::nullopt};
  }
  if (bundle.certificates.empty()) {
    return refuse(Step::choose_verifier, SignatureState::untrusted, "a key signed, and no key is trusted here");
  }
  const crypto::Certificate& leaf = bundle.certificates.front();
  if (times.empty()) {
    return refuse(Step::signing_time, SignatureState::invalid,
                  "nothing vouches for the time of the signature: no timestamp, and no signed entry timestamp");
  }
  if (const auto profile = crypto::check_code_signing_leaf(leaf); !profile) {
    return refuse(Step::certificate_profile, profile.error());
  }
  auto identity = read_identity(leaf);
  if (!identity) return refuse(Step::certificate_profile, identity.error());
  if (!leaf.key()) return refuse(Step::certificate_profile, leaf.key().error());
  const auto path = verify_path_under(bundle.certificates, *policy.root, times);
  if (!path) return refuse(Step::certificate_path, path.error());
  if (const auto logged = verify_scts_under(leaf, (*path)[1], *policy.root); !logged) {
    return refuse(Step::certificate_timestamp, logged.error());
  }
  return SigningKey{*leaf.key(), std::move(*identity)};
}

}  // namespace

Refusal refusal_of(Step step, const Error& error) {
  SignatureState state = SignatureState::invalid;
  if (error.kind == ErrorKind::unsupported) state = SignatureState::unsupported;
  if (error.kind == ErrorKind::absent) state = SignatureState::untrusted;
  if (error.kind == ErrorKind::limit) state = SignatureState::undetermined;
  return {step, state, base::describe(error)};
}

std::string_view name_of(Step step) {
  switch (step) {
    case Step::read_bundle: return "read-bundle";
    case Step::read_trusted_root: return "read-trusted-root";
    case Step::choose_verifier: return "choose-verifier";
    case Step::timestamp: return "timestamp";
    case Step::entry_timestamp: return "entry-timestamp";
    case Step::signing_time: return "signing-time";
    case Step::certificate_profile: return "certificate-profile";
    case Step::certificate_path: return "certificate-path";
    case Step::certificate_timestamp: return "certificate-timestamp";
    case Step::log_presence: return "log-presence";
    case Step::log_key: return "log-key";
    case Step::inclusion_proof: return "inclusion-proof";
    case Step::checkpoint: return "checkpoint";
    case Step::entry_binding: return "entry-binding";
    case Step::message_digest: return "message-digest";
    case Step::signature: return "signature";
    case Step::statement: return "statement";
    case Step::statement_subject: return "statement-subject";
    case Step::identity: return "identity";
  }
  return "?";
}

Outcome verify(const Bundle& bundle, const Artifact& artifact, const Policy& policy,
               std::optional<BytesView> envelope_bytes) {
  Times times;
  if (policy.root != nullptr) {
    if (auto added = add_timestamps(bundle, *policy.root, times); !added) return std::unexpected(added.error());
    if (auto added = add_entry_times(bundle, *policy.root, times); !added) return std::unexpected(added.error());
  } else if (!policy.key) {
    return refuse(Step::choose_verifier, SignatureState::untrusted, "a certificate needs a trust root");
  }
  const auto signing = settle_key(bundle, policy, times);
  if (!signing) return std::unexpected(signing.error());
  Verified out{.identity = signing->identity, .key = policy.key, .logged = false, .times = times, .statement = {}};

  // A root without logs is that of an instance which has none (GitHub's for private repositories): timestamps alone.
  const bool has_logs = policy.root != nullptr && !policy.root->transparency_logs().empty();
  if (bundle.entries.empty() && (policy.key ? policy.require_log_for_key : has_logs)) {
    return refuse(Step::log_presence, SignatureState::invalid, "no transparency log entry comes with the signature");
  }
  if (has_logs) {
    const SignedContent content{.bundle = bundle,
                                .artifact = artifact,
                                .certificate = policy.key ? nullptr : &bundle.certificates.front(),
                                .key = policy.key ? &*policy.key : nullptr,
                                .envelope_bytes = envelope_bytes};
    for (const LogEntry& entry : bundle.entries) {
      if (auto verified = verify_entry(entry, *policy.root, times, content); !verified) {
        return std::unexpected(verified.error());
      }
      out.logged = true;
    }
  }

  if (const auto* message = std::get_if<MessageSignature>(&bundle.content)) {
    if (auto verified = verify_message(bundle, *message, artifact, signing->key); !verified) {
      return std::unexpected(verified.error());
    }
    return out;
  }
  const auto& envelope = std::get<crypto::Envelope>(bundle.content);
  if (auto verified = verify_envelope(bundle, envelope, signing->key); !verified) {
    return std::unexpected(verified.error());
  }
  auto statement = read_statement(envelope, artifact);
  if (!statement) return std::unexpected(statement.error());
  out.statement = std::move(*statement);
  return out;
}

std::expected<void, Refusal> check_identity(const Verified& verified, const Identity& expected) {
  if (!verified.identity) {
    return refuse(Step::identity, SignatureState::untrusted, "a key signed, and a certificate is expected");
  }
  if (verified.identity->issuer != expected.issuer) {
    return refuse(Step::identity, SignatureState::untrusted,
                  "the certificate's issuer is `" + base::harmless(verified.identity->issuer) + "`, expected `" +
                      expected.issuer + "`");
  }
  if (verified.identity->subject != expected.subject) {
    return refuse(Step::identity, SignatureState::untrusted,
                  "the certificate's subject is `" + base::harmless(verified.identity->subject) + "`, expected `" +
                      expected.subject + "`");
  }
  return {};
}

}  // namespace lock::trust::sigstore
