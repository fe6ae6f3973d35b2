// `lock:ignore <reason>` in comments: on the line of an occurrence, or on the line above it.
//
// A comment is a `#` at the begin of a line or after a blank, up to the line's end. A comment behind other text
// belongs to its own line only; one that stands alone belongs to the next line as well. For a block scalar the line
// of its header (`image: >- # lock:ignore …`) counts too.
#pragma once

#include <optional>
#include <string>

#include "resolver/collect/mapped_text.hpp"

namespace lock::collect {

struct Ignore {
  std::string reason;  // empty when none was given, which is an error of the author: the occurrence stays
  Span comment;        // from `lock:ignore` to the end of the comment
};

// The comment that covers what is written in `where` of the source.
[[nodiscard]] std::optional<Ignore> find_ignore(const SourceText& source, Span where);

}  // namespace lock::collect
