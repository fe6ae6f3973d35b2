// A pattern of somebody's own for files that no collector reads: a regular expression whose named groups say where the
// image stands, and its tag and digest where they stand apart.
//
// `image` must be there and may hold the tag and the digest; `tag` and `digest` may stand anywhere in the match. The
// syntax is RE2's; `^` and `$` are the ends of lines, `.` is no line end. What is found is an occurrence like any
// other: a `digest` group that matches nothing is where a pin writes one, and a variable in the text makes the
// occurrence unresolved. Specification: the syntax page of RE2.
//
// Bounds: a pattern has at most 2,048 bytes and 2,000 instructions of RE2's program, the product of file and program is
// at most 10^9, a match 64 KiB, a file 10,000 matches and two seconds of processor time; what is over one of them is an
// undetermined problem that names the rule. A const Pattern is safe to share between threads.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "resolver/base/error.hpp"
#include "resolver/collect/source.hpp"
#include "resolver/image/occurrence.hpp"

namespace re2 {
class RE2;
}

namespace lock::collect {

class Pattern {
 public:
  // `rule` names the rule for people ("images.toml:3"); it is the path of the occurrences. Errors:
  // ErrorKind::configuration, without a place.
  [[nodiscard]] static Result<Pattern> compile(std::string_view text, std::string rule);

  [[nodiscard]] const std::string& rule() const { return rule_; }

  // Adds what it finds, and returns how many matches that were. `declared`: the rule names this very file, so that one
  // that cannot be read is undetermined.
  std::size_t collect(const SourceText& source, bool declared, image::Collected& out) const;

 private:
  struct Groups {
    int image = 0;
    int tag = 0;  // 0: the pattern has no such group
    int digest = 0;
  };

  std::shared_ptr<const re2::RE2> expression_;
  Groups groups_;
  std::string rule_;
};

// A pattern on its way over one file.
struct PatternRun {
  const Pattern* pattern = nullptr;
  bool declared = false;
  std::size_t found = 0;  // matches, set by `collect`
};

}  // namespace lock::collect
