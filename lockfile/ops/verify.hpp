// `lock verify`: is what is locked still there, and does it match the tree?
//
// Each function answers one of the design's three questions for one scope and returns findings with their default
// severity; lockfile/policy changes severities afterwards. Nothing is written, nothing printed.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "lockfile/document/document.hpp"
#include "resolver/image/finding.hpp"
#include "resolver/image/occurrence.hpp"
#include "resolver/image/registry.hpp"

namespace lock::ops {

struct Verdicts {
  std::vector<image::Finding> findings;
  std::vector<image::Undetermined> undetermined;
  std::size_t entries = 0;    // of the lock, looked at
  std::size_t manifests = 0;  // whose existence was asked for
  std::size_t tags = 0;       // that were asked anew
};

struct RegistryCheck {
  const document::Document& lock;
  std::string lock_file;  // for messages
  std::span<const image::Occurrence> occurrences;
  std::vector<image::Platform> platforms;  // that this repository uses; empty: all that the lock lists
  // Whether the pipeline pulls what stands in this file by the locked digest, though the file says a tag.
  std::function<bool(const std::string& file)> enforced;
};

// Existence of every locked digest and of each used platform's manifest, and what each tag is now. Checks:
// `digest-gone`, `digest-only-at-mirror`, `digest-mismatch`, `tag-moved` (an error where the pipeline pulls by tag,
// a note where the digest is in force), `tag-gone`; undetermined `digest-unknown`, `tag-unknown`.
[[nodiscard]] Verdicts verify_registry(const RegistryCheck& check, image::Registry& registry);

struct RenderedCheck {
  std::vector<const document::Document*> locks;
  std::vector<std::pair<std::string, std::string>> mirrors;  // prefix of a mirror -> registry it stands for
};

// Images of rendered manifests against locks, by their text alone. Checks: `rendered-unpinned`, `rendered-unlocked`,
// `rendered-digest-differs`, `rendered-platform-digest` (a note), `possible-image` (a warning), `rendered-unresolved`.
[[nodiscard]] Verdicts verify_rendered(const RenderedCheck& check, std::span<const image::Occurrence> occurrences);

}  // namespace lock::ops
