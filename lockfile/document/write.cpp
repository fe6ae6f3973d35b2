#include "lockfile/document/write.hpp"

#include <algorithm>

#include "lockfile/document/signer_members.hpp"
#include "resolver/base/encoding.hpp"
#include "resolver/base/hash.hpp"

namespace lock::document {
namespace {

constexpr std::string_view kHead =
    "# images.lock is written by `lock update`. Commit it. Do not edit it by hand.\n"
    "version = ";

constexpr bool is_special(char c) {
  return (c == '"') | (c == '\\') | (static_cast<unsigned char>(c) < 0x20) | (c == 0x7f);
}

// Without a branch, so that the compiler looks at many bytes at a time.
bool holds_special(std::string_view value) {
  unsigned char found = 0;
  for (const char c : value) found |= static_cast<unsigned char>(is_special(c));
  return found != 0;
}

// A TOML basic string. References, digests and media types hold nothing that needs an escape; subjects of signers may.
void append_string(std::string& text, std::string_view value) {
  text += '"';
  if (!holds_special(value)) {
    text += value;
  } else {
    for (const char& c : value) {
      if (!is_special(c)) {
        text += c;
      } else {
        text += c == '"' || c == '\\' ? std::string{'\\', c} : "\\u00" + base::to_hex(std::string_view(&c, 1));
      }
    }
  }
  text += '"';
}

void append_fact(std::string& text, std::string_view name, std::string_view value) {
  text += name;
  text += " = ";
  append_string(text, value);
  text += '\n';
}

void append_platforms(std::string& text, const std::vector<PlatformDigest>& platforms) {
  if (platforms.empty()) {
    text += "platforms = []\n";
    return;
  }
  text += "platforms = [\n";
  for (const PlatformDigest& row : platforms) {
    text += "  ";
    append_string(text, row.text());
    text += ",\n";
  }
  text += "]\n";
}

void append_signers(std::string& text, const std::vector<image::Signer>& signers) {
  text += "signers = [\n";
  for (const image::Signer& signer : signers) {
    text += "  { kind = ";
    append_string(text, name_of(signer.kind));
    for (const SignerMember& row : signer_members()) {
      if (!row.belongs_to(signer.kind)) continue;
      text += ", ";
      text += row.name;
      text += " = ";
      append_string(text, signer.*row.member);
    }
    if (signer.kind == image::Signer::Kind::cosign_key) text += signer.log ? ", log = true" : ", log = false";
    text += " },\n";
  }
  text += "]\n";
}

}  // namespace

void append_facts(std::string& text, const Entry& entry) {
  text += "[[image]]\n";
  append_fact(text, "reference", entry.key());
  append_fact(text, "digest", entry.digest.text());
  append_fact(text, "media-type", entry.media_type);
  append_platforms(text, entry.platforms);
  if (!entry.signers.empty()) {
    append_signers(text, entry.signers);
  } else if (entry.without_signer != Unsigned::undetermined) {
    append_fact(text, "signatures", name_of(entry.without_signer));
  }
  if (entry.origin != Origin::tree) append_fact(text, "origin", name_of(entry.origin));
}

std::string seal_over(std::string_view facts) {
  return base::to_hex(std::string_view(base::hash(base::HashAlgorithm::sha256, facts)).substr(0, 6));
}

void append_head(std::string& text, int version) {
  text += kHead;
  text += std::to_string(version);
  text += '\n';
}

void append_entry(std::string& text, const Entry& entry) {
  const std::size_t begin = text.size();
  append_facts(text, entry);
  const std::string seal = seal_over(std::string_view(text).substr(begin));
  append_fact(text, "seal", seal);
}

std::string write(const Document& document) {
  std::string text;
  text.reserve(kHead.size() + 8 + document.entries().size() * 640);
  append_head(text, document.version());
  for (const Entry& entry : document.entries()) {
    text += '\n';
    append_entry(text, entry);
  }
  return text;
}

}  // namespace lock::document
