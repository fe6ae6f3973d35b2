// Edits of many files: who wants what where, then file by file proven (source_edit.hpp) and written.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "lockfile/ops/open.hpp"
#include "lockfile/ops/scan.hpp"
#include "lockfile/ops/source_edit.hpp"
#include "resolver/base/bytes.hpp"
#include "resolver/base/error.hpp"
#include "resolver/image/finding.hpp"

namespace lock::ops {

// A place that says something else now.
struct PinnedPlace {
  std::string reference;  // canonical, without the digest
  std::string digest;     // put in, or taken out
  Place place;
};

// A place that was left as it is, and why.
struct KeptPlace {
  enum class Why : std::uint8_t {
    cannot,      // nothing can be written there: a variable, a text that others read too
    not_locked,  // the lock does not hold the image
    failed,      // it could have been written, and was not: the file changed meanwhile, or the disk is full
  };
  std::string reference;  // canonical, or as written
  Why why = Why::cannot;
  std::string reason;
  Place place;
};

struct ChangedFile {
  std::string file;
  Bytes before;
  Bytes after;
};

struct EditingResult {
  std::vector<PinnedPlace> changed;  // by file and place, as are the others
  std::vector<KeptPlace> kept;
  std::vector<ChangedFile> files;
  std::size_t unchanged = 0;  // places that said so already
};

// What could have been written and was not makes a run undetermined, what is not locked makes it fail.
void judge_kept(const Opened& opened, const std::vector<KeptPlace>& kept, std::vector<image::Finding>& findings,
                std::vector<image::Undetermined>& undetermined);

class Editing {
 public:
  // Both must outlive it.
  Editing(const Opened& opened, const Scan& scan);

  void keep(const image::Occurrence& occurrence, KeptPlace::Why why, std::string reason);
  void same() { ++result_.unchanged; }
  void intend(const image::Occurrence& occurrence, Result<std::vector<collect::Edit>> edits, image::Reference after);

  // Proves the edits of each file and notes which can be made. No file is written.
  [[nodiscard]] Result<void> prove();
  // Whether this place will say what was intended. After prove().
  [[nodiscard]] bool made(const image::Occurrence& occurrence) const;
  // Writes what was proven, each file atomically and only if it still has the bytes that were read; a file that cannot
  // be written costs no other one.
  void write();
  [[nodiscard]] EditingResult take();

 private:
  const Opened& opened_;
  OccurrencesBySource all_;
  std::map<std::string, std::vector<Intent>> intents_;
  std::map<std::string, EditedSource> edited_;
  EditingResult result_;
};

}  // namespace lock::ops
