#include "resolver/registry/url.hpp"

#include <algorithm>
#include <vector>

#include "resolver/base/text.hpp"

namespace lock::registry {
namespace {

constexpr std::size_t most_url = std::size_t{16} * 1024;  // signed storage URLs reach 2 KiB

bool is_host_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
}

bool is_ipv6_literal(std::string_view host) {
  if (host.size() < 4 || host.front() != '[' || host.back() != ']') return false;
  return std::ranges::all_of(host.substr(1, host.size() - 2), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || c == ':' || c == '.';
  });
}

std::unexpected<Error> refuse(std::string_view text, std::string_view reason) {
  return fail(ErrorKind::malformed, "the URL '" + base::harmless(text, 200) + "' " + std::string(reason));
}

std::string_view objection_to(std::string_view text) {
  if (text.size() > most_url) return "is longer than 16 KiB";
  const auto printable = [](char c) { return c > ' ' && c < '\x7f' && c != '\\' && c != '"' && c != '<' && c != '>'; };
  return std::ranges::all_of(text, printable) ? "" : "holds a character that no URL may hold";
}

// RFC 3986 section 5.2.4, over a path that starts with '/'.
std::string remove_dot_segments(std::string_view path) {
  std::vector<std::string_view> kept;
  const std::vector<std::string_view> segments = base::split(path.substr(1), '/');
  for (std::size_t i = 0; i < segments.size(); ++i) {
    const bool last = i + 1 == segments.size();
    if (segments[i] == "..") {
      if (!kept.empty()) kept.pop_back();
      if (last) kept.emplace_back();
    } else if (segments[i] == ".") {
      if (last) kept.emplace_back();
    } else {
      kept.push_back(segments[i]);
    }
  }
  std::string joined;
  for (const std::string_view segment : kept) joined.append("/").append(segment);
  return joined.empty() ? "/" : joined;
}

}  // namespace

Result<Url> Url::parse(std::string_view text) {
  if (const std::string_view reason = objection_to(text); !reason.empty()) return refuse(text, reason);
  Url url;
  const std::size_t colon = text.find("://");
  if (colon == std::string_view::npos) return refuse(text, "is not absolute");
  url.scheme = base::to_lower(text.substr(0, colon));
  if (url.scheme != "http" && url.scheme != "https") return refuse(text, "is neither http nor https");

  const std::string_view rest = text.substr(colon + 3);
  const std::size_t end = std::min(rest.find_first_of("/?#"), rest.size());
  std::string_view authority = rest.substr(0, end);
  if (authority.contains('@')) return refuse(text, "holds user information");

  url.port = url.scheme == "https" ? 443 : 80;
  const std::size_t port_colon = authority.rfind(':');
  const std::size_t bracket = authority.rfind(']');
  if (port_colon != std::string_view::npos && (bracket == std::string_view::npos || bracket < port_colon)) {
    const auto port = base::parse_decimal(authority.substr(port_colon + 1));
    if (!port || *port == 0 || *port > 65535) return refuse(text, "has no valid port");
    url.port = static_cast<std::uint16_t>(*port);
    authority = authority.substr(0, port_colon);
  }
  url.host = base::to_lower(authority);
  const bool named = !url.host.empty() && url.host.size() <= 255 && std::ranges::all_of(url.host, is_host_character);
  if (!named && !is_ipv6_literal(url.host)) return refuse(text, "has no valid host");

  std::string_view target = rest.substr(end);
  target = target.substr(0, target.find('#'));
  url.target = target.starts_with('/') ? std::string(target) : "/" + std::string(target);
  return url;
}

Result<Url> Url::at(std::string_view place) const {
  std::string_view reason = objection_to(place);
  if (reason.empty() && !place.starts_with('/')) reason = "does not start with a slash";
  if (!reason.empty()) return refuse(origin() + std::string(place), reason);
  return Url{scheme, host, port, std::string(place.substr(0, place.find('#')))};
}

Result<Url> Url::resolve(std::string_view reference) const {
  const std::size_t fragment = reference.find('#');
  const std::string_view text = reference.substr(0, fragment);
  const std::size_t delimiter = text.find_first_of(":/?");
  if (delimiter != std::string_view::npos && text[delimiter] == ':') return parse(text);
  if (text.starts_with("//")) return parse(scheme + ":" + std::string(text));
  std::string joined = origin();
  if (text.empty()) {
    joined += target;
  } else if (text.starts_with('/')) {
    joined += text;
  } else if (text.starts_with('?')) {
    joined.append(path()).append(text);
  } else {
    const std::size_t query = std::min(text.find('?'), text.size());
    const std::string_view folder = path().substr(0, path().rfind('/') + 1);
    joined += remove_dot_segments(std::string(folder) + std::string(text.substr(0, query)));
    joined += text.substr(query);
  }
  return parse(joined);
}

std::string_view Url::path() const { return std::string_view(target).substr(0, target.find('?')); }

std::string_view Url::query() const {
  const std::size_t mark = target.find('?');
  return mark == std::string::npos ? std::string_view() : std::string_view(target).substr(mark + 1);
}

std::string Url::authority() const {
  const bool usual = port == (scheme == "https" ? 443 : 80);
  return usual ? host : host + ":" + std::to_string(port);
}

std::string Url::origin() const { return scheme + "://" + authority(); }

std::string Url::redacted() const {
  return base::harmless(origin() + std::string(path()) + (query().empty() ? "" : "?…"), 600);
}

bool Url::same_origin(const Url& other) const {
  return scheme == other.scheme && host == other.host && port == other.port;
}

bool has_dot_segments(std::string_view path) {
  std::string decoded;
  for (std::size_t i = 0; i < path.size(); ++i) {
    const bool dot = path[i] == '%' && i + 2 < path.size() && path[i + 1] == '2' && (path[i + 2] | 0x20) == 'e';
    const bool slash = path[i] == '%' && i + 2 < path.size() && path[i + 1] == '2' && (path[i + 2] | 0x20) == 'f';
    decoded += dot ? '.' : slash ? '/' : path[i];
    if (dot || slash) i += 2;
  }
  return std::ranges::any_of(base::split(decoded, '/'),
                             [](std::string_view segment) { return segment == "." || segment == ".."; });
}

}  // namespace lock::registry
