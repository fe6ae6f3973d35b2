// Edits of one source file, made in memory and proven before anybody writes them: the edited text is collected again,
// and only the places that were meant may read otherwise, each exactly as meant.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lockfile/ops/workspace.hpp"
#include "resolver/base/bytes.hpp"
#include "resolver/base/error.hpp"
#include "resolver/collect/edit.hpp"

namespace lock::ops {

// A place, what to write there, and what it must say afterwards.
struct Intent {
  const image::Occurrence* occurrence = nullptr;  // of the scan
  std::vector<collect::Edit> edits;               // of this file only
  image::Reference after;
};

struct EditedSource {
  Bytes before;
  Bytes after;
  std::vector<const Intent*> made;
  std::vector<std::pair<const Intent*, std::string>> refused;  // and why
};

// `all` are the scan's occurrences in the file, `intents` what to do with some of them. When the places together cannot
// be written, those whose bytes are shared with others are left out. Errors: the file cannot be read (`io`).
[[nodiscard]] Result<EditedSource> edit_source(const Workspace& workspace, const std::string& file,
                                               const std::vector<const image::Occurrence*>& all,
                                               const std::vector<Intent>& intents);

// Bytes of a file below the root, links not followed. Nothing when it is no regular file.
[[nodiscard]] std::optional<Bytes> read_source(const Workspace& workspace, const std::string& file);

}  // namespace lock::ops
