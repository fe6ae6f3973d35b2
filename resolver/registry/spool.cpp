#include "resolver/registry/spool.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <system_error>

#include "resolver/base/encoding.hpp"

namespace lock::registry {
namespace {

std::unexpected<Error> failed(const std::string& what, int number) {
  return fail(ErrorKind::io, "cannot " + what + ": " + std::generic_category().message(number));
}

}  // namespace

Result<Spool> Spool::named(const std::filesystem::path& folder) {
  std::string name = (folder / (std::string(prefix) + "XXXXXX")).string();
  const int number = mkostemp(name.data(), O_CLOEXEC);
  if (number < 0) return failed("write a file in " + folder.string(), errno);
  return Spool(std::make_shared<const base::Descriptor>(number), name);
}

Result<Spool> Spool::nameless(const std::filesystem::path& folder) {
  auto spool = named(folder);
  if (!spool) return spool;
  unlink(spool->path_.c_str());
  spool->path_.clear();
  return spool;
}

Spool::~Spool() {
  if (!path_.empty()) unlink(path_.c_str());
}

Result<void> Spool::begin(const image::Digest& expected, std::uint64_t size) {
  if (ftruncate(file_->number(), 0) != 0) return failed("empty a temporary file", errno);
  expected_ = expected;
  hasher_.emplace(expected.algorithm());
  size_ = size;
  written_ = 0;
  error_ = 0;
  return {};
}

bool Spool::write(BytesView piece) {
  if (piece.size() > size_ - written_) return false;
  hasher_->update(piece);
  while (!piece.empty()) {
    const ssize_t count = pwrite(file_->number(), piece.data(), piece.size(), static_cast<off_t>(written_));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) {
      error_ = count < 0 ? errno : ENOSPC;
      return false;
    }
    written_ += static_cast<std::uint64_t>(count);
    piece.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

Result<void> Spool::finish() {
  if (error_ != 0) return failed("write a temporary file", error_);
  if (written_ != size_) {
    return fail(ErrorKind::mismatch, "blob " + expected_->text() + " has " + std::to_string(written_) +
                                         " bytes, its descriptor says " + std::to_string(size_));
  }
  const std::string found = base::to_hex(hasher_->finish());
  hasher_.reset();
  if (found == expected_->hex()) return {};
  return fail(ErrorKind::mismatch, "expected " + expected_->text() + ", the bytes are " +
                                       std::string(expected_->algorithm_name()) + ":" + found);
}

Result<void> Spool::keep_as(const std::filesystem::path& path) {
  if (fchmod(file_->number(), 0644) != 0 || fdatasync(file_->number()) != 0) {
    return failed("write " + path.string(), errno);
  }
  if (rename(path_.c_str(), path.c_str()) != 0) return failed("write " + path.string(), errno);
  path_.clear();
  return {};
}

}  // namespace lock::registry
