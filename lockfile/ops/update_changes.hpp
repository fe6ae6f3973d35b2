// What an update says: each change with its reason, and why an image got no new entry.
#pragma once

#include <string>
#include <vector>

#include "lockfile/document/document.hpp"
#include "lockfile/ops/demand.hpp"
#include "lockfile/ops/signatures.hpp"
#include "lockfile/ops/update.hpp"
#include "lockfile/ops/update_work.hpp"
#include "resolver/base/error.hpp"

namespace lock::ops {

// From the old document to the fresh one, sorted by reference.
[[nodiscard]] std::vector<UpdateChange> changes_of(const UpdateWork& work, const Demands& wanted);

// "named in Dockerfile:3", "rendered in out.yaml:7".
[[nodiscard]] std::string named_in(const Places& places, const Demand& demand);
// Why an entry is dropped.
[[nodiscard]] std::string why_removed(const document::Entry& entry);

// About an entry, at the first place that wants it.
[[nodiscard]] image::Finding entry_finding(const Demand& demand, std::string_view check, std::string message);

// The registry's answer was this error. `kept`: the old entry stays. With its place, not judged.
[[nodiscard]] Objection why_not_locked(const Demand& demand, const Error& error, bool kept);

}  // namespace lock::ops
