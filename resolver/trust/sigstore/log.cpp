#include "resolver/trust/sigstore/log.hpp"

#include <algorithm>

#include "resolver/base/encoding.hpp"
#include "resolver/base/hash.hpp"
#include "resolver/base/text.hpp"
#include "resolver/trust/crypto/canonical_json.hpp"
#include "resolver/trust/crypto/checkpoint.hpp"
#include "resolver/trust/crypto/merkle.hpp"

namespace lock::trust::sigstore {
namespace {

constexpr std::uint8_t kNoteEd25519 = 1;

// Rekor v1 writes the origin as the key's name and the id of the tree: "rekor.sigstore.dev - 2605736670972794746".
bool names_origin(std::string_view name, std::string_view origin) {
  if (name == origin) return true;
  return origin.starts_with(name) && origin.substr(name.size()).starts_with(" - ") &&
         base::parse_decimal(origin.substr(name.size() + 3)).has_value();
}

// The id of a log is the hash of its key (Rekor v1), or of its name and key (Rekor v2, signed-note.md). The second form
// binds the origin; a root whose ids follow neither gives no such help, and the key alone decides.
bool origin_fits(const crypto::Checkpoint& checkpoint, const Log& log) {
  if (!log.key || log.key->kind() != crypto::KeyKind::ed25519 || log.id == log.key->fingerprint()) return true;
  const Bytes id = crypto::note_key_id(checkpoint.origin, kNoteEd25519, log.key->raw_ed25519());
  return log.id == id || log.id == id.substr(0, 4) || log.checkpoint_id == id || log.checkpoint_id == id.substr(0, 4);
}

}  // namespace

Result<const Log*> find_log(const LogEntry& entry, const TrustedRoot& root) {
  const auto found = std::ranges::find(root.transparency_logs(), entry.log_id, &Log::id);
  if (found == root.transparency_logs().end()) {
    return fail(ErrorKind::absent, "the trust root " + root.name() + " knows no transparency log with the id " +
                                       base::to_hex(entry.log_id));
  }
  if (!found->key) return std::unexpected(found->key.error());
  return &*found;
}

Result<void> verify_promise(const LogEntry& entry, const Log& log) {
  if (!log.key) return std::unexpected(log.key.error());
  boost::json::object signed_entry;
  signed_entry["body"] = base::to_base64(entry.body);
  signed_entry["integratedTime"] = entry.integrated_time;
  signed_entry["logID"] = base::to_hex(entry.log_id);
  signed_entry["logIndex"] = entry.index;
  auto verified = crypto::verify_signature(*log.key, log.scheme, crypto::canonical_json(signed_entry), *entry.promise);
  if (!verified) return while_doing("the signed entry timestamp of " + log.base_url, verified.error());
  if (entry.integrated_time <= 0) return fail(ErrorKind::mismatch, "the signed entry timestamp states no time");
  return {};
}

Result<void> verify_inclusion(const LogEntry& entry, const InclusionProof& proof) {
  const auto root = crypto::merkle_root(crypto::merkle_leaf_hash(entry.body), proof.index, proof.size, proof.hashes);
  if (!root) return std::unexpected(root.error());
  if (*root != proof.root) {
    return fail(ErrorKind::mismatch, "the inclusion proof leads to another root hash than the one it states");
  }
  return {};
}

Result<void> verify_checkpoint(const InclusionProof& proof, const Log& log) {
  if (!log.key) return std::unexpected(log.key.error());
  const auto checkpoint = crypto::parse_checkpoint(proof.checkpoint);
  if (!checkpoint) return std::unexpected(checkpoint.error());
  if (checkpoint->root != proof.root || checkpoint->size != proof.size) {
    return fail(ErrorKind::mismatch, "the checkpoint is of another tree than the inclusion proof");
  }
  if (!origin_fits(*checkpoint, log)) {
    return fail(ErrorKind::mismatch,
                "the origin `" + base::harmless(checkpoint->origin, 80) + "` is not the name of the log");
  }
  const BytesView hint = BytesView(log.checkpoint_id).substr(0, 4);
  bool named = false;
  for (const crypto::NoteSignature& signature : checkpoint->signatures) {
    if (signature.key_hash != hint || !names_origin(signature.name, checkpoint->origin)) continue;
    named = true;
    if (crypto::verify_signature(*log.key, log.scheme, checkpoint->signed_text, signature.signature)) return {};
  }
  if (named) return fail(ErrorKind::mismatch, "the log's signature on the checkpoint does not verify");
  return fail(ErrorKind::mismatch, "no signature on the checkpoint is by the log " + log.base_url);
}

}  // namespace lock::trust::sigstore
