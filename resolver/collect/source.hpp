// A file on its way through the collectors, and its neighbours.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "resolver/collect/mapped_text.hpp"
#include "resolver/collect/tree.hpp"

namespace lock::collect {

// Other files of the tree, by path relative to the root of the run, for one file that is read. What it returns lives as
// long as the Files do; null when there is no such file, or none that the walk may read.
class Files {
 public:
  Files() = default;
  Files(const Files&) = delete;
  Files& operator=(const Files&) = delete;
  virtual ~Files() = default;
  [[nodiscard]] virtual const SourceText* find(std::string_view path) const = 0;
};

// For text that stands alone: standard input, a rendered stream.
class NoFiles final : public Files {
 public:
  [[nodiscard]] const SourceText* find(std::string_view) const override { return nullptr; }
};

// One file. Used by one thread.
class Source {
 public:
  // `name` is the path whose name says what the file is: another than `path` when a symbolic link leads here.
  Source(std::string path, std::string bytes, std::string name = {})
      : text_(std::move(path), std::move(bytes)), name_(std::move(name)) {}

  [[nodiscard]] const SourceText& text() const { return text_; }
  [[nodiscard]] const std::string& path() const { return text_.path(); }
  [[nodiscard]] const std::string& name() const { return name_.empty() ? path() : name_; }
  [[nodiscard]] std::string_view bytes() const { return text_.bytes(); }
  // As JSON when the name ends in .json, else as YAML; read at the first call, once for all collectors.
  [[nodiscard]] const Tree& tree() const;
  [[nodiscard]] const Tree* tree_if_read() const { return tree_.get(); }

 private:
  SourceText text_;
  std::string name_;
  mutable std::unique_ptr<Tree> tree_;
};

[[nodiscard]] std::string_view name_of_path(std::string_view path);    // "b.yaml" of "a/b.yaml"
[[nodiscard]] std::string_view folder_of_path(std::string_view path);  // "a" of "a/b.yaml", "" at the root
// "a/c" of folder "a/b" and "../c"; nothing for a path that leaves the root, an absolute one, or a URL.
[[nodiscard]] std::optional<std::string> join_path(std::string_view folder, std::string_view relative);

}  // namespace lock::collect
