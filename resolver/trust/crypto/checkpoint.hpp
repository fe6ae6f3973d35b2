// Signed notes and the checkpoints written in them: C2SP signed-note.md and tlog-checkpoint.md.
//
// A note is text, an empty line, and signature lines `— NAME BASE64(4-byte key hash ‖ signature)`. A checkpoint's text
// is origin, tree size, root hash, and extension lines that nobody here interprets (Rekor v1 writes `Timestamp: …`).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "resolver/base/bytes.hpp"
#include "resolver/base/error.hpp"

namespace lock::trust::crypto {

struct NoteSignature {
  std::string name;
  Bytes key_hash;   // 4 bytes, a hint only
  Bytes signature;  // what follows; for Ed25519 64 bytes
};

struct Checkpoint {
  Bytes signed_text;  // with its final newline: what the signatures are over
  std::string origin;
  std::uint64_t size = 0;
  Bytes root;                             // 32 bytes
  std::vector<NoteSignature> signatures;  // at least one, at most 32
};

// ErrorKind::malformed says which part is missing or wrong.
[[nodiscard]] Result<Checkpoint> parse_checkpoint(std::string_view note);

// SHA-256(name ‖ "\n" ‖ type ‖ key), the key id of signed-note.md; its first four bytes are the key hash. Type 1 is
// Ed25519 with its 32 raw bytes.
[[nodiscard]] Bytes note_key_id(std::string_view name, std::uint8_t type, BytesView key);

}  // namespace lock::trust::crypto
