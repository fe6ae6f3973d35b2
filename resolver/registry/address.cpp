#include "resolver/registry/address.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <string>
#include <utility>

namespace lock::registry {
namespace {

Locality of_ipv4(std::uint32_t address) {
  const auto within = [address](std::uint32_t network, int bits) {
    return bits == 0 || (address >> (32 - bits)) == (network >> (32 - bits));
  };
  if (within(0x7f000000, 8)) return Locality::loopback;
  if (within(0xa9fe0000, 16) || within(0, 8) || within(0xe0000000, 3)) return Locality::link_local;
  if (address == 0x646464c8) return Locality::link_local;   // 100.100.100.200, a metadata service inside RFC 6598
  if (within(0xc0000000, 24)) return Locality::link_local;  // 192.0.0.0/24, also a metadata service (192.0.0.192)
  if (within(0x0a000000, 8) || within(0xac100000, 12) || within(0xc0a80000, 16) || within(0x64400000, 10)) {
    return Locality::private_network;
  }
  return Locality::internet;
}

std::uint32_t word(const std::array<std::uint8_t, 16>& bytes, std::size_t at) {
  return (std::uint32_t{bytes[at]} << 24) | (std::uint32_t{bytes[at + 1]} << 16) | (std::uint32_t{bytes[at + 2]} << 8) |
         bytes[at + 3];
}

Locality of_ipv6(const std::array<std::uint8_t, 16>& bytes) {
  const bool zero_start = std::all_of(bytes.begin(), bytes.begin() + 10, [](std::uint8_t b) { return b == 0; });
  if (zero_start && bytes[10] == 0xff && bytes[11] == 0xff) return of_ipv4(word(bytes, 12));  // ::ffff:0:0/96
  if (word(bytes, 0) == 0x0064ff9b) return of_ipv4(word(bytes, 12));                          // NAT64
  if (bytes[0] == 0x20 && bytes[1] == 0x02) return of_ipv4(word(bytes, 2));                   // 6to4
  if (zero_start && bytes[10] == 0 && bytes[11] == 0) {
    if (word(bytes, 12) == 1) return Locality::loopback;
    return Locality::link_local;  // ::, and the deprecated IPv4-compatible addresses
  }
  if (bytes[0] == 0xfe && (bytes[1] & 0xc0) == 0x80) return Locality::link_local;
  if (bytes[0] == 0xff) return Locality::link_local;  // multicast
  // fd00:ec2::254, a metadata service inside the unique local range.
  if (word(bytes, 0) == 0xfd000ec2) return Locality::link_local;
  if ((bytes[0] & 0xfe) == 0xfc) return Locality::private_network;
  return Locality::internet;
}

}  // namespace

std::optional<Locality> locality_of(std::string_view literal) {
  if (literal.size() > 2 && literal.front() == '[' && literal.back() == ']') {
    literal = literal.substr(1, literal.size() - 2);
  }
  const std::string text(literal.substr(0, literal.find('%')));
  in_addr v4{};
  // inet_aton and not inet_pton: libcurl's resolver takes 0x7f.1 and 2130706433 for addresses as well.
  if (inet_aton(text.c_str(), &v4) != 0) return of_ipv4(ntohl(v4.s_addr));
  std::array<std::uint8_t, 16> v6{};
  if (inet_pton(AF_INET6, text.c_str(), v6.data()) == 1) return of_ipv6(v6);
  return std::nullopt;
}

Locality locality_of(const sockaddr& address) {
  if (address.sa_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &address, sizeof v4);
    return of_ipv4(ntohl(v4.sin_addr.s_addr));
  }
  if (address.sa_family == AF_INET6) {
    sockaddr_in6 v6{};
    std::memcpy(&v6, &address, sizeof v6);
    std::array<std::uint8_t, 16> bytes{};
    std::memcpy(bytes.data(), &v6.sin6_addr, bytes.size());
    return of_ipv6(bytes);
  }
  return Locality::link_local;  // nothing else is asked over a network
}

std::string_view name_of(Locality locality) {
  switch (locality) {
    case Locality::internet: return "a public address";
    case Locality::private_network: return "an address of a private network";
    case Locality::loopback: return "this machine's loopback address";
    case Locality::link_local: return "a link-local or reserved address";
  }
  std::unreachable();
}

}  // namespace lock::registry
