// A work tree of real files, scanned, with a lock that holds all that they name: for pin, unpin and apply.
#pragma once

#include <string>
#include <string_view>

#include "lockfile/ops/pin.hpp"
#include "tests/support/slot_editor.hpp"
#include "tests/support/tree_world.hpp"

namespace lock::test {

// The digest that a tag has in this world: that of its canonical name.
[[nodiscard]] inline image::Digest digest_of(std::string_view text) { return image::Digest::sha256_of(text); }

struct PinWorld : TreeWorld {
  explicit PinWorld(FileMap files);

  [[nodiscard]] FileMap on_disk() const;
  void rescan();
  void lock_all();  // writes images.lock; a digest that is written stays, any other is digest_of the canonical tag
  [[nodiscard]] ops::Opened opened() const;  // the listing holds these files and nothing else

  ops::PinResult pin(const ops::PinOptions& options = {});
  ops::PinResult unpin(const ops::PinOptions& options = {});

  FileMap names;
};

}  // namespace lock::test
