#include "resolver/registry/layout_files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "resolver/base/file.hpp"

namespace lock::registry {
namespace {

constexpr std::size_t piece_size = std::size_t{1} << 18;

Result<Bytes> read_at(int file, std::uint64_t offset, std::size_t size, const std::filesystem::path& path) {
  Bytes bytes(size, '\0');
  std::size_t filled = 0;
  while (filled < size) {
    const ssize_t count = pread(file, bytes.data() + filled, size - filled, static_cast<off_t>(offset + filled));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return fail(ErrorKind::io, "cannot read " + path.string());
    filled += static_cast<std::size_t>(count);
  }
  return bytes;
}

// A regular file that can be read; nothing else is opened for long.
Result<base::Descriptor> open_file(const std::filesystem::path& path, std::uint64_t& size) {
  base::Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file.is_open() && (errno == ENOENT || errno == ENOTDIR)) {
    return fail(ErrorKind::absent, path.string() + " does not exist");
  }
  struct stat status{};
  if (!file.is_open() || fstat(file.number(), &status) != 0 || !S_ISREG(status.st_mode)) {
    return fail(ErrorKind::io, path.string() + " is not a file that can be read");
  }
  size = static_cast<std::uint64_t>(status.st_size);
  return file;
}

Result<void> pieces_of(int file, TarMember place, const std::filesystem::path& path,
                       const std::function<bool(BytesView)>& take) {
  while (place.size > 0) {
    const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(piece_size, place.size));
    auto bytes = read_at(file, place.offset, size, path);
    if (!bytes) return std::unexpected(bytes.error());
    if (!take(*bytes)) return {};
    place.offset += size;
    place.size -= size;
  }
  return {};
}

}  // namespace

Result<void> read_pieces(const std::filesystem::path& path, const std::function<bool(BytesView)>& take) {
  std::uint64_t size = 0;
  auto file = open_file(path, size);
  if (!file) return std::unexpected(file.error());
  return pieces_of(file->number(), {0, size}, path, take);
}

Result<LayoutFiles> LayoutFiles::open(const std::filesystem::path& path, std::string name) {
  LayoutFiles files(path, std::move(name));
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) return files;
  std::uint64_t size = 0;
  auto file = open_file(path, size);
  if (!file) return std::unexpected(file.error());
  const int number = file->number();
  auto start = read_at(number, 0, static_cast<std::size_t>(std::min<std::uint64_t>(size, 2)), path);
  if (start && *start == "\x1f\x8b") {
    return fail(ErrorKind::configuration, files.name() + " is compressed, and an archive is read in place",
                "unpack it: gunzip " + path.filename().string());
  }
  const ReadAt read = [&](std::uint64_t offset, std::size_t length) { return read_at(number, offset, length, path); };
  auto members = read_tar(read, size, files.name());
  if (!members) return std::unexpected(members.error());
  files.archive_ = std::make_shared<const Archive>(std::move(*file), std::move(*members));
  return files;
}

std::string LayoutFiles::name_of(const std::string& file) const { return name_ + (is_archive() ? ":" : "/") + file; }

bool LayoutFiles::has_member(const std::string& name) const { return is_archive() && archive_->members.contains(name); }

Result<Bytes> LayoutFiles::read(const std::string& name, std::size_t most) const {
  if (!is_archive()) return base::read_file(path_ / name, most);
  const auto member = archive_->members.find(name);
  if (member == archive_->members.end()) return fail(ErrorKind::absent, name_of(name) + " does not exist");
  if (member->second.size > most) {
    return fail(ErrorKind::limit, name_of(name) + " is larger than " + std::to_string(most) + " bytes");
  }
  return read_at(archive_->file.number(), member->second.offset, static_cast<std::size_t>(member->second.size), path_);
}

Result<void> LayoutFiles::read_pieces(const std::string& name, const std::function<bool(BytesView)>& take) const {
  if (!is_archive()) return registry::read_pieces(path_ / name, take);
  const auto member = archive_->members.find(name);
  if (member == archive_->members.end()) return fail(ErrorKind::absent, name_of(name) + " does not exist");
  return pieces_of(archive_->file.number(), member->second, path_, take);
}

}  // namespace lock::registry
