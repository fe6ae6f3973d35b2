// The files of an image layout, by name: in a folder, or in a tar archive that is read in place.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "resolver/base/bytes.hpp"
#include "resolver/base/descriptor.hpp"
#include "resolver/registry/tar.hpp"

namespace lock::registry {

class LayoutFiles {
 public:
  // A folder, or a regular file, which must be an archive. ErrorKind::configuration: neither. `name` is what messages
  // call it.
  [[nodiscard]] static Result<LayoutFiles> open(const std::filesystem::path& path, std::string name);

  // ErrorKind::absent: there is no such file; `limit`: it is larger.
  [[nodiscard]] Result<Bytes> read(const std::string& name, std::size_t most) const;
  // Piece by piece, until `take` says false.
  [[nodiscard]] Result<void> read_pieces(const std::string& name, const std::function<bool(BytesView)>& take) const;

  [[nodiscard]] bool is_archive() const { return archive_ != nullptr; }
  [[nodiscard]] bool has_member(const std::string& name) const;  // of an archive
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] std::string name_of(const std::string& file) const;  // in messages: "x.tar:index.json"

 private:
  struct Archive {
    base::Descriptor file;
    TarIndex members;
  };
  LayoutFiles(std::filesystem::path path, std::string name) : path_(std::move(path)), name_(std::move(name)) {}

  std::filesystem::path path_;
  std::string name_;
  std::shared_ptr<const Archive> archive_;
};

// The bytes of a regular file, piece by piece, until `take` says false. ErrorKind::absent: there is no such file.
[[nodiscard]] Result<void> read_pieces(const std::filesystem::path& path, const std::function<bool(BytesView)>& take);

}  // namespace lock::registry
