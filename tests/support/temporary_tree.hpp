// A folder of the test's own, filled with a few lines and gone afterwards; and git, asked the way a person asks it.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace lock::support {

class TemporaryTree {
 public:
  TemporaryTree();
  ~TemporaryTree();
  TemporaryTree(const TemporaryTree&) = delete;
  TemporaryTree& operator=(const TemporaryTree&) = delete;

  // Without symbolic links in it.
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] std::filesystem::path operator/(std::string_view name) const { return path_ / name; }

  // Makes the folders above too.
  void file(std::string_view name, std::string_view contents = "x\n") const;
  void folder(std::string_view name) const;
  void link(std::string_view name, std::string_view target) const;
  void remove(std::string_view name) const;

  // Runs git in `folder` of the tree with an identity and without the configuration of the machine; throws when it
  // fails, and gives what it printed.
  std::string git(std::vector<std::string> arguments, std::string_view folder = "") const;

 private:
  std::filesystem::path path_;
};

}  // namespace lock::support
