// An editor that knows slots and no format: the proof that what collectors return is enough to write into any file.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "lockfile/policy/policy.hpp"
#include "resolver/collect/collector.hpp"

namespace lock::test {

// Files by path, as bytes.
using FileMap = std::map<std::string, std::string>;

struct Edit {
  std::string file;
  std::size_t begin = 0;
  std::string before;
  std::string after;
};

// Puts a digest behind the last slot, into the digest's own place, or over an old digest. A reference without tag
// gets `:latest` too. Returns the edits, sorted so that they can be made one by one.
[[nodiscard]] std::vector<Edit> pin_edits(const image::Occurrence& occurrence, const FileMap& files,
                                          std::string_view digest);
// Writes another tag; empty when no tag is written.
[[nodiscard]] std::vector<Edit> tag_edits(const image::Occurrence& occurrence, const FileMap& files,
                                          std::string_view tag);
void apply(const std::vector<Edit>& edits, FileMap& files);
void undo(const std::vector<Edit>& edits, FileMap& files);

// The files of a case for the collectors.
class MappedFiles final : public collect::Files {
 public:
  explicit MappedFiles(const FileMap& files);
  [[nodiscard]] const collect::SourceText* find(std::string_view path) const override;

 private:
  std::map<std::string, collect::SourceText, std::less<>> texts_;
};

// What the files' images.toml says; the defaults where there is none.
[[nodiscard]] policy::Policy policy_of(const FileMap& files);

// What all collectors find in all the files, file by file.
[[nodiscard]] image::Collected collect_all(const FileMap& files);

}  // namespace lock::test
