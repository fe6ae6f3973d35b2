// Files as they stand in a commit.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "resolver/base/bytes.hpp"
#include "resolver/base/error.hpp"

namespace lock::tree {

// The commit that a revision (`HEAD`, `main~2`, a tag) names in the checkout that holds `folder`, as a full object
// name. Errors: `usage` when git knows no such commit; `io` when `folder` lies in no checkout, or git cannot be asked.
[[nodiscard]] Result<std::string> find_commit(const std::string& folder, const std::string& revision);

// The bytes of a file in a commit; `path` is relative to `folder`. Nothing when the commit does not hold it. A symbolic
// link or a folder is none. Errors: `limit` for more than `most` bytes, `io`.
[[nodiscard]] Result<std::optional<Bytes>> read_in_commit(const std::string& folder, const std::string& commit,
                                                          const std::string& path, std::size_t most);

}  // namespace lock::tree
