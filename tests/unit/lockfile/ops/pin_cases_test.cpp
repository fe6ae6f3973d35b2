// Over every golden case of every collector: pin, and a scan finds what was pinned; pin again, and nothing changes;
// unpin, and the bytes are back, but for the `:latest` that a reference without a tag gains.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "tests/support/pin_world.hpp"

namespace lock::test {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> all_cases() {
  std::vector<std::string> names;
  for (const std::string& format : case_names("collect")) {
    for (const std::string& name : case_names("collect/" + format)) names.push_back(format + "/" + name);
  }
  return names;
}

FileMap files_of(const fs::path& folder) {
  FileMap files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    const std::string path = fs::relative(entry.path(), folder).generic_string();
    if (entry.is_regular_file() && path != "expected.txt") files.emplace(path, read_text(entry.path()));
  }
  return files;
}

FileMap without_latest(FileMap files) {
  for (auto& [file, bytes] : files) {
    for (std::size_t at = bytes.find(":latest"); at != bytes.npos; at = bytes.find(":latest")) bytes.erase(at, 7);
  }
  return files;
}

const ops::PinOptions kEverything{.targets = {"**"}};  // the places that only look like images too

class PinCase : public ::testing::TestWithParam<std::string> {};

TEST_P(PinCase, PinAndUnpin) {
  PinWorld world(files_of(case_folder("collect", GetParam())));
  const bool images = std::ranges::any_of(world.scan.scopes[0].occurrences,
                                          [](const image::Occurrence& one) { return one.reference.has_value(); });
  if (!images) return;       // a case of what is no image
  world.unpin(kEverything);  // digests that the case writes, so that the round trip covers their places too
  world.rescan();
  world.lock_all();
  const FileMap unpinned = world.on_disk();
  const auto before = world.scan.scopes[0].occurrences;

  const ops::PinResult result = world.pin(kEverything);
  EXPECT_EQ(show(result.findings), "");
  EXPECT_EQ(show(result.undetermined), "");
  world.rescan();
  const auto& after = world.scan.scopes[0].occurrences;
  ASSERT_EQ(after.size(), before.size());
  std::size_t moved = 0;
  for (std::size_t i = 0; i < after.size(); ++i) {
    if (after[i].reference == before[i].reference) continue;
    ++moved;
    ASSERT_TRUE(before[i].reference && after[i].reference);
    const std::string name = before[i].reference->canonical();
    EXPECT_EQ(after[i].reference->canonical(), name + "@" + digest_of(name).text());
  }
  EXPECT_EQ(moved, result.changed.size());
  const FileMap pinned = world.on_disk();

  EXPECT_EQ(world.pin(kEverything).changed.size(), 0U);
  EXPECT_EQ(world.on_disk(), pinned);

  world.unpin(kEverything);
  EXPECT_EQ(without_latest(world.on_disk()), without_latest(unpinned));
  world.rescan();
  for (std::size_t i = 0; i < before.size(); ++i) {
    EXPECT_EQ(world.scan.scopes[0].occurrences[i].reference, before[i].reference);
  }
}

INSTANTIATE_TEST_SUITE_P(Cases, PinCase, ::testing::ValuesIn(all_cases()), case_title);

}  // namespace
}  // namespace lock::test
