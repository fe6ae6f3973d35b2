// The members of a tar archive (POSIX.1-2017 pax and ustar, GNU long names), for reading image archives in place: names
// and where their bytes lie, nothing is unpacked. Strict, since archives come from elsewhere: every header's checksum
// is right, every member lies within the archive, no name stands twice, and an archive ends with its end mark.
//
// Directories, links and devices are passed over; an image archive needs none of them.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "resolver/base/bytes.hpp"
#include "resolver/base/error.hpp"

namespace lock::registry {

struct TarMember {
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
};

using TarIndex = std::map<std::string, TarMember>;  // by name, without "./" in front

// `size` bytes from `offset`; fewer are a failure.
using ReadAt = std::function<Result<Bytes>(std::uint64_t offset, std::size_t size)>;

// `name` is the archive's for errors. ErrorKind::configuration: it is no such archive; `limit`: more than 100,000
// members, or a name beyond 4,096 bytes.
[[nodiscard]] Result<TarIndex> read_tar(const ReadAt& read_at, std::uint64_t size, std::string_view name);

}  // namespace lock::registry
