// A blob on its way from one place to another: a file that is hashed while it is written, so that memory stays bounded
// whatever the blob's size and nothing is passed on that is not what its digest says. The file has a temporary name
// until `keep_as`; without that it goes with this object (and a file without any name goes with the process).
#pragma once

#include <filesystem>
#include <memory>
#include <optional>

#include "resolver/base/bytes.hpp"
#include "resolver/base/descriptor.hpp"
#include "resolver/base/hash.hpp"
#include "resolver/image/digest.hpp"

namespace lock::registry {

class Spool {
 public:
  // In a folder that exists. A nameless one can only be read again; the other kind can be kept.
  [[nodiscard]] static Result<Spool> nameless(const std::filesystem::path& folder);
  [[nodiscard]] static Result<Spool> named(const std::filesystem::path& folder);
  Spool(Spool&& other) noexcept = default;
  Spool& operator=(Spool&&) = delete;
  ~Spool();

  // What `named` puts in front of temporary names; whoever finds one that no process works on may remove it.
  static constexpr std::string_view prefix = ".new-";

  // From the beginning again, for bytes of this digest.
  [[nodiscard]] Result<void> begin(const image::Digest& expected, std::uint64_t size);
  // False: the disk failed, or there are more bytes than expected.
  [[nodiscard]] bool write(BytesView piece);
  // All bytes are there and are what the digest says; ErrorKind::mismatch names both digests otherwise.
  [[nodiscard]] Result<void> finish();

  [[nodiscard]] const std::shared_ptr<const base::Descriptor>& file() const { return file_; }
  [[nodiscard]] std::uint64_t size() const { return size_; }
  [[nodiscard]] std::uint64_t written() const { return written_; }  // since the last beginning
  // Durably under another name of the same file system; a file that is there is replaced.
  [[nodiscard]] Result<void> keep_as(const std::filesystem::path& path);

 private:
  Spool(std::shared_ptr<const base::Descriptor> file, std::filesystem::path path)
      : file_(std::move(file)), path_(std::move(path)) {}

  std::shared_ptr<const base::Descriptor> file_;
  std::filesystem::path path_;  // empty: nameless, or kept
  std::optional<image::Digest> expected_;
  std::optional<base::Hasher> hasher_;
  std::uint64_t size_ = 0;
  std::uint64_t written_ = 0;
  int error_ = 0;
};

}  // namespace lock::registry
