// From the bytes of images.lock to a Document, strictly: what this reader does not know it refuses, because an entry
// that is half understood is not locked.
//
// A bad lock is an answer, not a failure: the reader returns every entry that is good and a Finding for each that is
// not, with file, line, caret and what to do. Whoever needs a lock that can be relied on asks `sound`.
//
// Refused: conflict markers (looked for first), broken TOML, an unknown version, unknown or missing keys, references
// that are not canonical, two entries with one reference, malformed digests, platforms, media types and signers, and
// entries whose seal is not that of their other lines. The order of entries is the writer's business and is not judged
// here.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "lockfile/document/document.hpp"
#include "resolver/base/error.hpp"
#include "resolver/image/finding.hpp"

namespace lock::document {

struct Reading {
  Document document;                     // the entries without a finding
  std::vector<image::Finding> findings;  // checks lock-conflict, lock-malformed, lock-version, lock-duplicate,
                                         // seal-broken; in the order of the text; all errors
  // What can be read of the entries with a finding that names their reference. Nobody may rely on what they lock; whom
  // they say must have signed is not forgotten over a broken seal.
  std::vector<Entry> rejected = {};
};

// `file` is the name for messages, relative to the root of the run.
[[nodiscard]] Reading read(std::string_view text, const std::string& file);

// The document, or the first finding as an ErrorKind::configuration.
[[nodiscard]] Result<Document> sound(Reading reading);

}  // namespace lock::document
