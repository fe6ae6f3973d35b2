// `lock:ignore <reason>` in comments: on the line of an occurrence, or on the line above it.
//
// A comment begins with one of the marks of its format (`#`, in some formats also `//` and others) at the begin of a
// line or after a blank, and goes up to the line's end. A comment behind other text
// belongs to its own line only; one that stands alone belongs to the next line as well. For a block scalar the line
// of its header (`image: >- # lock:ignore …`) counts too.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "resolver/collect/mapped_text.hpp"

namespace lock::collect {

struct Ignore {
  std::string reason;  // empty when none was given, which is an error of the author: the occurrence stays
  Span comment;        // from `lock:ignore` to the end of the comment
};

// How comments begin in files of a format (Occurrence::format). A file for which somebody wrote a pattern may be of any
// language.
[[nodiscard]] std::span<const std::string_view> comment_marks(std::string_view format);

// The comment that covers what is written in `where` of the source.
[[nodiscard]] std::optional<Ignore> find_ignore(const SourceText& source, Span where,
                                                std::span<const std::string_view> marks);

}  // namespace lock::collect
