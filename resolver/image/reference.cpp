#include "resolver/image/reference.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "resolver/base/text.hpp"

namespace lock::image {
namespace {

constexpr std::string_view kHub = "docker.io";
constexpr std::size_t kMostName = 255;
constexpr std::size_t kMostTag = 128;

bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_alphanumeric(char c) { return is_lower(c) || is_upper(c) || is_digit(c); }

// Carries the whole text, so that every refusal can point into it.
struct Parser {
  std::string_view text;

  [[nodiscard]] std::unexpected<Error> refuse(Span span, std::string message, std::string hint = {}) const {
    const base::LineIndex index(text);
    return fail_at(ErrorKind::malformed, index.place("", span), std::move(message), std::move(hint));
  }

  [[nodiscard]] Result<void> check_port(Span port) const {
    const std::string_view digits = text.substr(port.begin, port.size());
    const auto value = base::parse_decimal(digits);
    if (!value || *value == 0 || *value > 65535) {
      return refuse({port.begin - 1, std::max(port.end, port.begin)}, "a port is a number from 1 to 65535");
    }
    return {};
  }

  [[nodiscard]] Result<void> check_ipv6(Span domain) const {
    const std::size_t close = text.substr(0, domain.end).find(']', domain.begin);
    if (close == text.npos) return refuse(domain, "'[' opens an IPv6 address that no ']' closes");
    const std::string_view address = text.substr(domain.begin + 1, close - domain.begin - 1);
    const bool shaped = std::ranges::all_of(address, [](char c) {
      return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || c == ':' || c == '.';
    });
    if (!shaped || std::ranges::count(address, ':') < 2) {
      return refuse({domain.begin, close + 1}, "not an IPv6 address (a zone is not allowed here)");
    }
    if (close + 1 == domain.end) return {};
    if (text[close + 1] != ':') return refuse({close + 1, domain.end}, "expected ':' and a port after the address");
    return check_port({close + 2, domain.end});
  }

  [[nodiscard]] Result<void> check_domain(Span domain) const {
    if (text[domain.begin] == '[') return check_ipv6(domain);
    const std::string_view whole = text.substr(domain.begin, domain.size());
    const std::size_t colon = whole.find(':');
    const std::string_view host = whole.substr(0, colon);
    std::size_t at = domain.begin;
    for (const std::string_view label : base::split(host, '.')) {
      const auto bad = std::ranges::find_if(label, [](char c) { return !is_alphanumeric(c) && c != '-'; });
      if (bad != label.end()) {
        const std::size_t offset = at + static_cast<std::size_t>(bad - label.begin());
        return refuse({offset, offset + 1}, "a registry host has letters, digits, '-' and '.' only");
      }
      if (label.empty() || label.front() == '-' || label.back() == '-') {
        return refuse({at, at + std::max<std::size_t>(label.size(), 1)},
                      "each part of a registry host starts and ends with a letter or digit");
      }
      at += label.size() + 1;
    }
    if (colon == whole.npos) return {};
    return check_port({domain.begin + colon + 1, domain.end});
  }

  [[nodiscard]] Result<void> check_component(Span component) const {
    const std::string_view part = text.substr(component.begin, component.size());
    if (part.empty()) {
      return refuse({component.begin, component.begin + 1}, "a part of the name is empty");
    }
    for (std::size_t i = 0; i < part.size();) {
      if (is_lower(part[i]) || is_digit(part[i])) {
        ++i;
        continue;
      }
      const Span here{component.begin + i, component.begin + i + 1};
      if (is_upper(part[i])) return refuse(here, "a repository name has lower-case letters only");
      if (part[i] != '.' && part[i] != '_' && part[i] != '-') {
        return refuse(here, "a repository name has lower-case letters, digits, '.', '_', '-' and '/' only");
      }
      const std::size_t end = std::min(part.find_first_not_of(part[i], i), part.size());
      const std::size_t run = end - i;
      const bool allowed = part[i] == '-' || run == 1 || (part[i] == '_' && run == 2);
      const bool between = i > 0 && end < part.size() && (is_lower(part[end]) || is_digit(part[end]));
      if (!allowed || !between) {
        return refuse({component.begin + i, component.begin + end},
                      "'.', '_', '__' and '-' stand between letters or digits only");
      }
      i = end;
    }
    return {};
  }

  [[nodiscard]] Result<void> check_tag(Span tag) const {
    const std::string_view word = text.substr(tag.begin, tag.size());
    if (word.empty()) return refuse({tag.begin - 1, tag.begin}, "a tag must follow ':'");
    for (std::size_t i = 0; i < word.size(); ++i) {
      const bool good = is_alphanumeric(word[i]) || word[i] == '_' || (i > 0 && (word[i] == '.' || word[i] == '-'));
      if (!good) {
        return refuse({tag.begin + i, tag.begin + i + 1}, i == 0 ? "a tag starts with a letter, a digit or '_'"
                                                                 : "a tag has letters, digits, '_', '.' and '-' only");
      }
    }
    if (word.size() > kMostTag) {
      return refuse({tag.begin + kMostTag, tag.end},
                    "a tag has at most 128 characters, this one has " + std::to_string(word.size()));
    }
    return {};
  }

  [[nodiscard]] Result<void> check_digest(Span digest) const {
    auto parsed = Digest::parse(text.substr(digest.begin, digest.size()));
    if (parsed) return {};
    const std::size_t offset = parsed.error().place ? parsed.error().place->position.column - 1 : 0;
    return refuse({digest.begin + std::min(offset, digest.size()), digest.end}, parsed.error().message);
  }
};

// Whether the first of several components names a registry: splitDockerDomain of distribution/reference.
bool is_domain(std::string_view component) {
  return component.find_first_of(".:") != component.npos || component == "localhost" || component.starts_with('[') ||
         std::ranges::any_of(component, is_upper);
}

// The end of the domain in `name`, or 0 where the name has none.
std::size_t domain_end(std::string_view name) {
  const std::size_t slash = name.find('/');
  return slash != name.npos && is_domain(name.substr(0, slash)) ? slash : 0;
}

std::string fold_registry(std::string_view domain) {
  std::string host = base::to_lower(domain);
  if (host == "index.docker.io" || host == "registry-1.docker.io") return std::string(kHub);
  // `Upper/name` has a domain for its upper-case letter alone; in lower case it would be a name on docker.io.
  return is_domain(host) ? host : std::string(domain);
}

}  // namespace

Result<ReferenceParts> split_reference(std::string_view text) {
  const Parser parser{text};
  if (text.empty()) return parser.refuse({0, 0}, "an image reference is empty");
  if (const auto bad = std::ranges::find_if(text, [](char c) { return c <= ' ' || c == 0x7f; }); bad != text.end()) {
    const auto at = static_cast<std::size_t>(bad - text.begin());
    return parser.refuse({at, at + 1}, "an image reference has no blanks or control characters");
  }
  if (const std::size_t scheme = text.find("://"); scheme != text.npos) {
    return parser.refuse({0, scheme + 3}, "an image reference has no scheme",
                         "write it without '" + base::harmless(text.substr(0, scheme + 3), 40) + "'");
  }
  ReferenceParts parts;
  const std::size_t at = text.find('@');
  const std::string_view name_and_tag = text.substr(0, at);
  if (at != text.npos) parts.digest = Span{at + 1, text.size()};
  const std::size_t slash = name_and_tag.rfind('/');
  const std::size_t colon = name_and_tag.find(':', slash == name_and_tag.npos ? 0 : slash);
  parts.name = {0, std::min(colon, name_and_tag.size())};
  if (colon != name_and_tag.npos) parts.tag = Span{colon + 1, name_and_tag.size()};
  const std::string_view name = text.substr(0, parts.name.end);
  if (name.empty()) return parser.refuse({0, 1}, "an image reference starts with a name");

  const std::size_t domain = domain_end(name);
  if (domain != 0) {
    if (auto checked = parser.check_domain({0, domain}); !checked) return std::unexpected(checked.error());
  }
  for (std::size_t begin = domain == 0 ? 0 : domain + 1; begin <= name.size();) {
    const std::size_t end = std::min(name.find('/', begin), name.size());
    if (auto checked = parser.check_component({begin, end}); !checked) return std::unexpected(checked.error());
    begin = end + 1;
  }
  if (parts.tag) {
    if (auto checked = parser.check_tag(*parts.tag); !checked) return std::unexpected(checked.error());
  }
  if (parts.digest) {
    if (auto checked = parser.check_digest(*parts.digest); !checked) return std::unexpected(checked.error());
  }
  if (domain == 0 && !parts.tag && !parts.digest && name.size() == 64 && base::to_lower(name) == name &&
      name.find_first_not_of("0123456789abcdef") == name.npos) {
    return parser.refuse({0, name.size()}, "64 hex digits are an image id, not a name",
                         "write name@sha256:" + std::string(name.substr(0, 12)) + "…");
  }
  return parts;
}

Reference::Reference(Repository repository, std::optional<std::string> tag, std::optional<Digest> digest)
    : repository_(std::move(repository)), tag_(std::move(tag)), digest_(std::move(digest)) {
  if (!tag_ && !digest_) tag_ = "latest";
}

Result<Reference> Reference::parse(std::string_view text) {
  const auto parts = split_reference(text);
  if (!parts) return std::unexpected(parts.error());
  const std::string_view name = text.substr(0, parts->name.end);
  const std::size_t domain = domain_end(name);
  Repository repository;
  repository.registry = domain == 0 ? std::string(kHub) : fold_registry(name.substr(0, domain));
  repository.path = std::string(domain == 0 ? name : name.substr(domain + 1));
  if (repository.registry == kHub && repository.path.find('/') == std::string::npos) {
    repository.path = "library/" + repository.path;
  }
  if (repository.name().size() > kMostName) {
    return Parser{text}.refuse({0, name.size()}, "a name has at most 255 characters, this one has " +
                                                     std::to_string(repository.name().size()));
  }
  std::optional<std::string> tag;
  if (parts->tag) tag = std::string(text.substr(parts->tag->begin, parts->tag->size()));
  std::optional<Digest> digest;
  if (parts->digest) digest = *Digest::parse(text.substr(parts->digest->begin, parts->digest->size()));
  return Reference(std::move(repository), std::move(tag), std::move(digest));
}

std::string Reference::canonical() const {
  std::string out = repository_.name();
  if (tag_) out += ":" + *tag_;
  if (digest_) out += "@" + digest_->text();
  return out;
}

std::string Reference::familiar() const {
  std::string out = canonical();
  constexpr std::string_view library = "docker.io/library/";
  if (out.starts_with(library) && repository_.path.find('/', 8) == std::string::npos) return out.substr(library.size());
  // A first component that looks like a domain would be read as one: such a Hub name keeps its registry.
  if (repository_.registry == kHub && !is_domain(repository_.path.substr(0, repository_.path.find('/')))) {
    return out.substr(kHub.size() + 1);
  }
  return out;
}

Reference Reference::without_digest() const {
  if (!tag_) throw std::logic_error("a reference without tag keeps its digest");
  return {repository_, tag_, std::nullopt};
}
Reference Reference::with_digest(const Digest& digest) const { return {repository_, tag_, digest}; }
Reference Reference::by_digest(const Digest& digest) const { return {repository_, std::nullopt, digest}; }

}  // namespace lock::image
