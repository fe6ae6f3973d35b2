#include "resolver/trust/crypto/checkpoint.hpp"

#include <optional>

#include "resolver/base/encoding.hpp"
#include "resolver/base/hash.hpp"
#include "resolver/base/text.hpp"

namespace lock::trust::crypto {
namespace {

constexpr std::size_t kMostSignatures = 32;
constexpr std::size_t kMostBytes = std::size_t{64} * 1024;
constexpr std::string_view kDash = "\xE2\x80\x94 ";  // em dash, blank

std::unexpected<Error> malformed(std::string_view what) {
  return fail(ErrorKind::malformed, "not a checkpoint: " + std::string(what));
}

// Names of keys hold neither blanks nor plus signs (signed-note.md, "Format").
bool is_key_name(std::string_view name) {
  return !name.empty() && name.find_first_of(" \t\r\n+") == name.npos && !base::find_invalid_utf8(name);
}

std::optional<NoteSignature> parse_signature(std::string_view line) {
  if (!line.starts_with(kDash)) return std::nullopt;
  line.remove_prefix(kDash.size());
  const auto blank = line.find(' ');
  if (blank == line.npos || !is_key_name(line.substr(0, blank))) return std::nullopt;
  const auto bytes = base::from_base64(line.substr(blank + 1));
  if (!bytes || bytes->size() < 5) return std::nullopt;
  return NoteSignature{std::string(line.substr(0, blank)), bytes->substr(0, 4), bytes->substr(4)};
}

// Decimal without leading zeroes (tlog-checkpoint.md: "no leading zeroes unless the tree size is 0").
std::optional<std::uint64_t> parse_size(std::string_view text) {
  if (text.size() > 1 && text.front() == '0') return std::nullopt;
  return base::parse_decimal(text);
}

}  // namespace

Result<Checkpoint> parse_checkpoint(std::string_view note) {
  if (note.size() > kMostBytes) return malformed("it is larger than 64 KiB");
  if (base::find_invalid_utf8(note)) return malformed("it is not UTF-8");
  for (const char c : note) {
    if (static_cast<unsigned char>(c) < 0x20 && c != '\n') return malformed("it holds a control character");
  }
  // The last empty line separates: the text itself may hold empty lines, signature lines may not be empty.
  const auto separator = note.rfind("\n\n");
  if (separator == note.npos) return malformed("no empty line before the signatures");
  if (!note.ends_with('\n')) return malformed("the last signature line does not end");
  Checkpoint out;
  out.signed_text = note.substr(0, separator + 1);

  std::string_view lines = note.substr(separator + 2);
  while (!lines.empty()) {
    const auto end = lines.find('\n');
    auto signature = parse_signature(lines.substr(0, end));
    if (!signature) return malformed("a signature line is malformed");
    if (out.signatures.size() == kMostSignatures) return malformed("more than 32 signatures");
    out.signatures.push_back(std::move(*signature));
    lines.remove_prefix(end + 1);
  }
  if (out.signatures.empty()) return malformed("no signature");

  const auto text = base::split(std::string_view(out.signed_text).substr(0, separator), '\n');
  if (text.size() < 3) return malformed("origin, tree size and root hash are not all there");
  if (text[0].empty()) return malformed("the origin is empty");
  const auto size = parse_size(text[1]);
  if (!size) return malformed("the tree size `" + base::harmless(text[1], 60) + "` is no number");
  auto root = base::from_base64(text[2]);
  if (!root || root->size() != 32)
    return malformed("the root hash `" + base::harmless(text[2], 60) + "` is not 32 bytes in base64");
  out.origin = text[0];
  out.size = *size;
  out.root = std::move(*root);
  return out;
}

Bytes note_key_id(std::string_view name, std::uint8_t type, BytesView key) {
  base::Hasher hasher(base::HashAlgorithm::sha256);
  hasher.update(name);
  hasher.update("\n");
  const char byte = static_cast<char>(type);
  hasher.update({&byte, 1});
  hasher.update(key);
  return hasher.finish();
}

}  // namespace lock::trust::crypto
