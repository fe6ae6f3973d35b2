#include "resolver/registry/configuration.hpp"

#include <arpa/inet.h>
#include <algorithm>
#include <array>
#include <system_error>

#include "resolver/base/file.hpp"
#include "resolver/base/text.hpp"

namespace lock::registry {
namespace {

constexpr std::size_t most_certificates = std::size_t{8} << 20;

bool is_loopback_name(std::string_view host) {
  if (host == "localhost" || host.ends_with(".localhost")) return true;
  return locality_of(host) == Locality::loopback;
}

std::string_view host_of(std::string_view registry) {
  const std::size_t bracket = registry.rfind(']');
  const std::size_t colon = registry.rfind(':');
  if (colon == std::string_view::npos || (bracket != std::string_view::npos && colon < bracket)) return registry;
  return registry.substr(0, colon);
}

std::vector<std::filesystem::path> certificate_folders(const RegistryConfiguration& configuration,
                                                       const std::string& registry) {
  std::vector<std::filesystem::path> folders;
  std::filesystem::path home = variable(configuration.environment, "XDG_CONFIG_HOME");
  if (home.empty()) {
    const std::string own = variable(configuration.environment, "HOME");
    if (!own.empty()) home = std::filesystem::path(own) / ".config";
  }
  if (!home.empty()) folders.push_back(home / "containers" / "certs.d" / registry);
  for (const auto& folder : configuration.system_certificate_folders) folders.push_back(folder / registry);
  return folders;
}

// Adds what one certs.d folder holds: *.crt are authorities, *.cert with a *.key of the same name a client certificate.
Result<bool> read_certificate_folder(const std::filesystem::path& folder, TlsSettings& tls) {
  std::error_code error;
  if (!std::filesystem::is_directory(folder, error)) return false;
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) files.push_back(entry.path());
  std::ranges::sort(files);
  for (const std::filesystem::path& file : files) {
    if (file.extension() == ".crt") {
      auto text = base::read_file(file, most_certificates);
      if (!text) return while_doing("reading a certificate authority", text.error());
      tls.authorities += *text + "\n";
    } else if (file.extension() == ".cert" && tls.certificate_file.empty()) {
      const std::filesystem::path key = std::filesystem::path(file).replace_extension(".key");
      if (!std::filesystem::exists(key, error)) {
        return fail(ErrorKind::configuration, "the client certificate " + file.string() + " has no key beside it",
                    "put the key into " + key.string());
      }
      tls.certificate_file = file.string();
      tls.key_file = key.string();
    }
  }
  return true;
}

struct Address {
  std::array<std::uint8_t, 16> bytes{};
  int bits = 0;
};

std::optional<Address> parse_address(std::string_view text) {
  if (text.size() > 2 && text.front() == '[' && text.back() == ']') text = text.substr(1, text.size() - 2);
  Address address;
  const std::string terminated(text);
  if (inet_pton(AF_INET, terminated.c_str(), address.bytes.data()) == 1) {
    address.bits = 32;
    return address;
  }
  if (inet_pton(AF_INET6, terminated.c_str(), address.bytes.data()) == 1) {
    address.bits = 128;
    return address;
  }
  return std::nullopt;
}

bool in_network(const Address& address, std::string_view network) {
  const std::size_t slash = network.find('/');
  const auto start = parse_address(network.substr(0, slash));
  if (!start || start->bits != address.bits) return false;
  auto length = static_cast<std::uint64_t>(start->bits);
  if (slash != std::string_view::npos) {
    const auto given = base::parse_decimal(network.substr(slash + 1));
    if (!given || *given > length) return false;
    length = *given;
  }
  for (std::uint64_t bit = 0; bit < length; ++bit) {
    const std::uint8_t mask = static_cast<std::uint8_t>(0x80U >> (bit % 8));
    if ((address.bytes[bit / 8] & mask) != (start->bytes[bit / 8] & mask)) return false;
  }
  return true;
}

bool matches_no_proxy(std::string_view entry, const Url& url) {
  entry = base::trim(entry);
  if (entry.empty()) return false;
  if (entry == "*") return true;
  const auto address = parse_address(url.host);
  if (address && (entry.contains('/') || parse_address(entry))) return in_network(*address, entry);
  const std::string_view host = host_of(entry);
  if (host.size() < entry.size()) {
    const auto port = base::parse_decimal(entry.substr(host.size() + 1));
    if (!port || *port != url.port) return false;
  }
  std::string name = base::to_lower(host);
  if (name.starts_with("*.")) name.erase(0, 1);
  if (name.starts_with('.')) return url.host.ends_with(name) || url.host == name.substr(1);
  return url.host == name || url.host.ends_with("." + name);
}

}  // namespace

const RegistrySettings& settings_of(const RegistryConfiguration& configuration, const std::string& registry) {
  static const RegistrySettings defaults;
  const auto found = configuration.registries.find(registry);
  return found == configuration.registries.end() ? defaults : found->second;
}

std::string variable(const ProcessEnvironment& environment, const std::string& name) {
  const auto found = environment.find(name);
  return found == environment.end() ? std::string() : found->second;
}

Result<Url> base_url_of(const RegistryConfiguration& configuration, const std::string& registry) {
  const RegistrySettings& settings = settings_of(configuration, registry);
  bool plain = false;
  if (settings.plain_http) {
    plain = *settings.plain_http;
  } else if (is_loopback_name(host_of(registry))) {
    auto tls = tls_settings_of(configuration, registry);
    if (!tls) return std::unexpected(tls.error());
    const bool configured = !settings.ca_file.empty() || !settings.certificate_file.empty();
    std::error_code error;
    const bool folder = std::ranges::any_of(certificate_folders(configuration, registry), [&](const auto& path) {
      return std::filesystem::is_directory(path, error);
    });
    plain = !configured && !folder;
  }
  const std::string host = registry == "docker.io" ? "registry-1.docker.io" : registry;
  return Url::parse((plain ? "http://" : "https://") + host + "/");
}

std::string proxy_for(const ProcessEnvironment& environment, const Url& url) {
  if (is_loopback_name(url.host)) return {};
  // http_proxy in upper case is not read: a CGI program's environment carries the client's "Proxy" header there.
  std::vector<std::string> names{"http_proxy", "all_proxy", "ALL_PROXY"};
  if (url.scheme == "https") names = {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"};
  std::string proxy;
  for (const std::string& name : names) {
    proxy = variable(environment, name);
    if (!proxy.empty()) break;
  }
  if (proxy.empty()) return {};
  std::string exceptions = variable(environment, "no_proxy");
  if (exceptions.empty()) exceptions = variable(environment, "NO_PROXY");
  std::ranges::replace(exceptions, ' ', ',');
  for (const std::string_view entry : base::split(exceptions, ',')) {
    if (matches_no_proxy(entry, url)) return {};
  }
  return proxy;
}

Result<std::shared_ptr<const TlsSettings>> tls_settings_of(const RegistryConfiguration& configuration,
                                                           const std::string& registry) {
  const RegistrySettings& settings = settings_of(configuration, registry);
  TlsSettings tls;
  tls.certificate_file = settings.certificate_file;
  tls.key_file = settings.key_file;
  for (const std::string& file : {settings.ca_file, variable(configuration.environment, "SSL_CERT_FILE")}) {
    if (file.empty()) continue;
    auto text = base::read_file(file, most_certificates);
    if (!text) {
      Error error = text.error();
      error.kind = ErrorKind::configuration;
      return while_doing("reading the certificate authorities for " + registry, std::move(error));
    }
    tls.authorities += *text + "\n";
  }
  if (registry.find_first_of("/\\") == std::string::npos && !registry.starts_with('.')) {
    for (const auto& folder : certificate_folders(configuration, registry)) {
      auto found = read_certificate_folder(folder, tls);
      if (!found) return std::unexpected(found.error());
      if (*found) break;  // the most personal folder wins, as in containers/image
    }
  }
  return std::make_shared<const TlsSettings>(std::move(tls));
}

}  // namespace lock::registry
