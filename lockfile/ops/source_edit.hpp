// Edits of one source file, made in memory and proven before anybody writes them: every file that these bytes have a
// say in is collected again, and only the places that were meant may read otherwise, each exactly as meant.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "lockfile/ops/collecting.hpp"
#include "lockfile/ops/workspace.hpp"
#include "resolver/base/bytes.hpp"
#include "resolver/collect/edit.hpp"
#include "resolver/collect/source.hpp"

namespace lock::ops {

// Occurrences by the file whose collector found them, which need not be the file that they stand in: a Compose file
// finds those of the Dockerfile that it gives arguments to.
using OccurrencesBySource = std::map<std::string, std::vector<const image::Occurrence*>>;
void add_by_source(const image::Occurrence& occurrence, OccurrencesBySource& to);

// A place, what to write there, and what it must say afterwards.
struct Intent {
  const image::Occurrence* occurrence = nullptr;
  std::vector<collect::Edit> edits;  // of one file only
  image::Reference after;
};

struct EditedSource {
  enum class Refusal : std::uint8_t {
    changed_meanwhile,  // the occurrences do not describe these bytes
    shared,             // another place would change too
    unproven,           // the edited text would not say what it should
  };
  Bytes before;
  Bytes after;
  std::vector<const Intent*> made;
  std::vector<std::pair<const Intent*, Refusal>> refused;
};

// `file` has `bytes`, its neighbours are `files`; `collecting` is how the occurrences were found. What can be written
// is written: a place that cannot be costs no other one. Bounded: at most 200 attempts, then the rest is refused.
[[nodiscard]] EditedSource edit_text(const std::string& file, Bytes bytes, const collect::Files& files,
                                     const Collecting& collecting, const OccurrencesBySource& all,
                                     const std::vector<Intent>& intents);

// Bytes of a file below the root, links not followed. Nothing when it is no regular file. For names that a scan gave.
[[nodiscard]] std::optional<Bytes> read_source(const Workspace& workspace, const std::string& file);

}  // namespace lock::ops
