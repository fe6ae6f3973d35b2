// What a command has to say, once, for every format at the same time.
//
// A command fills a Report; a format is a pure function from a Report to bytes, one row in `formats()`. The same run
// feeds all of them, because a second run may meet another registry.
#pragma once

#include <boost/json.hpp>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "resolver/image/finding.hpp"

namespace lock::cli {

// Writes text with or without colour. Foreign text goes through `base::harmless` before it gets here.
struct Style {
  bool colour = false;
  [[nodiscard]] std::string bold(std::string_view text) const;
  [[nodiscard]] std::string red(std::string_view text) const;
  [[nodiscard]] std::string yellow(std::string_view text) const;
  [[nodiscard]] std::string green(std::string_view text) const;
  [[nodiscard]] std::string dim(std::string_view text) const;
};

struct Report {
  std::string command;
  boost::json::object document;                   // the JSON contract, "schema": 1 first
  std::function<std::string(const Style&)> text;  // the whole text report, data only: it goes to standard output
  std::vector<image::Finding> findings;
  std::vector<image::Undetermined> undetermined;
};

struct Format {
  std::string_view name;
  std::string_view summary;
  std::string (*render)(const Report&, const Style&);
};

[[nodiscard]] std::span<const Format> formats();  // sorted by name
[[nodiscard]] const Format* find_format(std::string_view name);

// Pieces that several commands share.
[[nodiscard]] boost::json::object to_json(const image::Finding& finding);
[[nodiscard]] boost::json::object to_json(const image::Undetermined& undetermined);
[[nodiscard]] boost::json::array to_json(std::span<const image::Finding> findings);
[[nodiscard]] boost::json::array to_json(std::span<const image::Undetermined> undetermined);

// `file:line:col: severity: message [check]`, the caret, expected and actual, the hint. Ends with a newline.
[[nodiscard]] std::string to_text(const image::Finding& finding, const Style& style);
[[nodiscard]] std::string to_text(const image::Undetermined& undetermined, const Style& style);
// All of them; what one cause leaves open about several images is one paragraph: the cause, the first few images with
// their places, and how many questions. With `each`, every question stands alone.
[[nodiscard]] std::string to_text(std::span<const image::Undetermined> undetermined, const Style& style, bool each);

}  // namespace lock::cli
