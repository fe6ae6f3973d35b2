// `.lockignore`: which files of the tree `lock` leaves out. The syntax is that of .gitignore(5), and where the manual
// and git differ, git is followed (a property test asks it): patterns one a line, `#` comments, `!` negation, a slash
// at the start or in the middle anchors to the folder of the file, a slash at the end means folders only; stars,
// question marks, sets in brackets, backslashes. The last pattern that matches decides; files deeper in the tree are
// asked first; what lies in a folder that is left out cannot be brought back.
//
// Paths are bytes, relative to the top of the tree, without a slash at the start or the end. Matching is byte by byte,
// case-sensitive, and linear in pattern times path for any pattern. Values here are immutable and may be shared
// between threads.
#pragma once

#include <bitset>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lock::tree {

// One line of the file.
class IgnorePattern {
 public:
  // Nothing for a line that holds no pattern: empty, blank, a comment.
  [[nodiscard]] static std::optional<IgnorePattern> parse(std::string_view line);

  [[nodiscard]] bool negative() const { return negative_; }

  // `path` is relative to the folder of the file that holds the pattern.
  [[nodiscard]] bool matches(std::string_view path, bool is_folder) const;

 private:
  enum class Take : std::uint8_t {
    byte,     // this one
    any,      // one byte but '/'
    set,      // one byte of the set, never '/'
    star,     // any number of bytes but '/'
    stars,    // any number of bytes
    folders,  // nothing, or any number of bytes and then '/'
    never,    // the pattern is malformed from here on and matches nothing
  };
  struct Step {
    Take take = Take::byte;
    unsigned char byte = 0;
    std::uint32_t set = 0;  // index in sets_
  };

  void compile(std::string_view text);
  std::size_t compile_stars(std::string_view text, std::size_t at);
  std::size_t compile_set(std::string_view text, std::size_t at);
  [[nodiscard]] bool run(std::string_view text) const;
  [[nodiscard]] bool takes(const Step& step, unsigned char byte) const;

  bool negative_ = false;
  bool folders_only_ = false;
  bool name_only_ = false;  // no slash in it: compared with the last segment
  std::string prefix_;      // what stands before the first special character, compared as it is
  std::vector<Step> steps_;
  std::vector<std::bitset<256>> sets_;
};

// The patterns of one file.
class IgnoreFile {
 public:
  // `folder` is where the file lies, empty for the top.
  IgnoreFile(std::string folder, std::string_view contents);

  // True: left out; false: brought back by a negation; nothing: no pattern here matches.
  [[nodiscard]] std::optional<bool> decide(std::string_view path, bool is_folder) const;

  [[nodiscard]] bool empty() const { return patterns_.empty(); }

 private:
  std::string folder_;
  std::vector<IgnorePattern> patterns_;
};

// The files that apply in a folder, innermost first. A list that shares its tail with the folders above.
struct IgnoreChain {
  IgnoreFile file;
  std::shared_ptr<const IgnoreChain> outer;
};

// For one path, whose folders above are known not to be left out.
[[nodiscard]] bool is_ignored(const IgnoreChain* chain, std::string_view path, bool is_folder);

}  // namespace lock::tree
