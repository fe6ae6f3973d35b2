#include "resolver/trust/in_toto/material.hpp"

#include <array>
#include <map>
#include <vector>

#include "resolver/base/text.hpp"

namespace lock::trust::in_toto {
namespace {

using image::Digest;
using image::Reference;

constexpr std::size_t kLongestUri = 4096;

std::unexpected<Error> malformed(std::string what) { return fail(ErrorKind::malformed, std::move(what)); }

std::optional<int> hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return std::nullopt;
}

// RFC 3986 section 2.1; nothing for a '%' that no two hex digits follow, and for a hidden control character.
std::optional<std::string> percent_decode(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    if (i + 2 >= text.size()) return std::nullopt;
    const auto high = hex_digit(text[i + 1]);
    const auto low = hex_digit(text[i + 2]);
    if (!high || !low) return std::nullopt;
    const auto byte = static_cast<unsigned char>(*high * 16 + *low);
    if (byte < 0x20 || byte == 0x7f) return std::nullopt;
    out += static_cast<char>(byte);
    i += 2;
  }
  return out;
}

// pkg:TYPE/NAMESPACE…/NAME@VERSION?KEY=VALUE&…
struct PackageUrl {
  std::string name;  // with its namespace
  std::string version;
  std::map<std::string, std::string> qualifiers;

  [[nodiscard]] std::string qualifier(const std::string& key) const {
    const auto found = qualifiers.find(key);
    return found == qualifiers.end() ? std::string() : found->second;
  }
};

bool read_qualifiers(std::string_view text, std::map<std::string, std::string>& out) {
  for (const std::string_view pair : base::split(text, '&')) {
    const auto equals = pair.find('=');
    if (equals == pair.npos || equals == 0) return false;
    auto value = percent_decode(pair.substr(equals + 1));
    if (!value || !out.emplace(base::to_lower(pair.substr(0, equals)), std::move(*value)).second) return false;
  }
  return true;
}

// `rest` is what stands behind `pkg:TYPE/`.
std::optional<PackageUrl> read_package_url(std::string_view rest) {
  PackageUrl out;
  if (rest.find('#') != rest.npos) return std::nullopt;  // a path inside of a package: images have none
  if (const auto question = rest.find('?'); question != rest.npos) {
    if (!read_qualifiers(rest.substr(question + 1), out.qualifiers)) return std::nullopt;
    rest = rest.substr(0, question);
  }
  if (const auto at = rest.rfind('@'); at != rest.npos) {
    auto version = percent_decode(rest.substr(at + 1));
    if (!version || version->empty()) return std::nullopt;
    out.version = std::move(*version);
    rest = rest.substr(0, at);
  }
  auto name = percent_decode(rest);
  if (!name || name->empty()) return std::nullopt;
  out.name = std::move(*name);
  return out;
}

bool is_digest(std::string_view text) { return text.starts_with("sha256:") || text.starts_with("sha512:"); }

// Where an image lies: the name may stand in the URL alone (BuildKit), or below `repository_url`, which in the type
// `oci` already ends with it.
std::string repository_of(const PackageUrl& url, bool oci) {
  const std::string where = url.qualifier("repository_url");
  if (where.empty()) return url.name;
  const bool whole = oci && (where == url.name || where.ends_with("/" + url.name));
  return whole ? where : where + "/" + url.name;
}

// What a URI says about an image, in the pieces of a reference.
struct Written {
  std::string name;
  std::string tag;
  std::vector<std::string> digests;
};

Result<std::optional<Written>> read_package(std::string_view rest, bool oci) {
  const auto url = read_package_url(rest);
  if (!url) return malformed("it is not a package URL");
  if (!url->qualifier("ref_type").empty()) return std::nullopt;  // a blob that lies in a registry
  Written out{repository_of(*url, oci), url->qualifier("tag"), {}};
  if (is_digest(url->version)) {
    out.digests.push_back(url->version);
  } else if (!url->version.empty()) {
    if (!out.tag.empty() && out.tag != url->version) return malformed("it has two tags");
    out.tag = url->version;
  }
  if (const std::string digest = url->qualifier("digest"); !digest.empty()) out.digests.push_back(digest);
  return out;
}

// NAME[:TAG][@DIGEST], already split by the grammar of references.
Result<std::optional<Written>> read_reference(std::string_view rest) {
  const auto parts = image::split_reference(rest);
  if (!parts) return malformed("it is not an image reference: " + parts.error().message);
  const auto piece = [&](const std::optional<base::Span>& span) {
    return span ? std::string(rest.substr(span->begin, span->size())) : std::string();
  };
  Written out{piece(parts->name), piece(parts->tag), {}};
  if (parts->digest) out.digests.push_back(piece(parts->digest));
  return out;
}

Result<std::optional<Written>> read_uri(std::string_view uri) {
  const auto colon = uri.find(':');
  if (colon == uri.npos) return std::nullopt;
  const std::string scheme = base::to_lower(uri.substr(0, colon));
  std::string_view rest = uri.substr(colon + 1);
  if (scheme == "pkg") {
    while (rest.starts_with('/')) rest.remove_prefix(1);
    const std::string type = base::to_lower(rest.substr(0, rest.find('/')));
    if (type != "docker" && type != "oci") return std::nullopt;
    if (type.size() == rest.size()) return malformed("it is not a package URL");
    return read_package(rest.substr(type.size() + 1), type == "oci");
  }
  constexpr auto pullers = std::to_array<std::string_view>({"oci", "docker", "docker-pullable"});
  for (const std::string_view puller : pullers) {
    if (scheme == puller && rest.starts_with("//")) return read_reference(rest.substr(2));
  }
  return std::nullopt;
}

// Digests of images among those of a digest set.
std::vector<std::string> digests_of(const DigestSet& set) {
  std::vector<std::string> out;
  for (const char* algorithm : {"sha256", "sha512"}) {
    if (const auto found = set.find(algorithm); found != set.end()) {
      out.push_back(std::string(algorithm) + ":" + found->second);
    }
  }
  return out;
}

// The one digest that all say; of two algorithms the first.
Result<std::optional<Digest>> agree_on(const std::vector<std::string>& texts) {
  std::optional<Digest> agreed;
  for (const std::string& text : texts) {
    auto digest = Digest::parse(text);
    if (!digest) return malformed("it has a bad digest: " + digest.error().message);
    if (!agreed) {
      agreed = std::move(*digest);
    } else if (agreed->algorithm() == digest->algorithm() && *agreed != *digest) {
      return malformed("it has two digests, " + agreed->text() + " and " + digest->text());
    }
  }
  return agreed;
}

}  // namespace

Result<std::optional<Reference>> image_of(std::string_view uri, const DigestSet& digests) {
  if (uri.size() > kLongestUri) return malformed("it is longer than 4,096 bytes");
  auto read = read_uri(uri);
  if (!read) return std::unexpected(read.error());
  if (!*read) return std::nullopt;
  const Written& written = **read;
  std::vector<std::string> stated = digests_of(digests);
  stated.insert(stated.end(), written.digests.begin(), written.digests.end());
  const auto digest = agree_on(stated);
  if (!digest) return std::unexpected(digest.error());
  std::string text = written.name;
  if (!written.tag.empty()) text += ":" + written.tag;
  if (*digest) text += "@" + (*digest)->text();
  auto reference = Reference::parse(text);
  if (!reference) return malformed("it is not an image reference: " + reference.error().message);
  // A tag or a digest hidden in the name would make another image of it.
  const bool tag_is_written = reference->tag().value_or("") == written.tag || (written.tag.empty() && !*digest);
  if (!tag_is_written || reference->digest() != *digest) return malformed("its name holds more than a name");
  return std::move(*reference);
}

}  // namespace lock::trust::in_toto
