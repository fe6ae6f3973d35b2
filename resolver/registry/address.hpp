// How local a network address is. A registry on the internet that names a token service or a redirect on this
// machine, in this network or at a cloud's metadata service is attacking (registries.md section 3, rows 8 and 9); a
// registry that is local itself may name what is as local as it is.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

struct sockaddr;

namespace lock::registry {

enum class Locality : std::uint8_t {
  internet,
  private_network,  // RFC 1918, RFC 6598 (carrier-grade NAT), unique local IPv6 addresses
  loopback,
  link_local,  // 169.254/16 and fe80::/10, where metadata services live; also unspecified, multicast, reserved
};

// An IPv4 or IPv6 literal, the latter with or without brackets; IPv4 inside IPv6 (mapped, NAT64, 6to4) counts as that
// IPv4 address. Nothing for a name.
[[nodiscard]] std::optional<Locality> locality_of(std::string_view literal);
[[nodiscard]] Locality locality_of(const sockaddr& address);

[[nodiscard]] std::string_view name_of(Locality locality);

}  // namespace lock::registry
