#include "lockfile/ops/export.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "lockfile/exchange/exporter.hpp"
#include "resolver/base/text.hpp"
#include "tests/support/tree_world.hpp"

namespace lock::ops {
namespace {

namespace fs = std::filesystem;

// A folder of tests/cases/export is a tree; its file `command` has the words after `lock export`, every image is there
// but those called acme/absent, and `rendered` is a reference that only a rendering shows.
class ExportCase : public ::testing::TestWithParam<std::string> {};

TEST_P(ExportCase, Writes) {
  const fs::path folder = test::case_folder("export", GetParam());
  test::TemporaryFolder tree;
  for (const auto& file : fs::recursive_directory_iterator(folder)) {
    const std::string name = file.path().lexically_relative(folder).generic_string();
    if (file.is_regular_file() && name != "command" && name != "expected" && name != "rendered")
      tree.write(name, test::read_text(file.path()));
  }
  tree.write("images.toml", "");
  const std::string command(base::trim(test::read_text(folder / "command")));
  std::vector<std::string> words;
  for (const std::string_view word : base::split(command, ' ')) words.emplace_back(word);
  OpenOptions options;
  options.start = tree.path();
  options.only.assign(words.begin() + 1, words.end());
  const auto opened = open(options);
  ASSERT_TRUE(opened) << test::show(opened.error());
  const auto scanned = scan(*opened, {});
  ASSERT_TRUE(scanned) << test::show(scanned.error());
  test::MemoryRegistry registry;
  for (const image::Occurrence& occurrence : scanned->scopes.front().occurrences) {
    if (!occurrence.reference || occurrence.reference->digest()) continue;
    if (occurrence.written.find("absent") != std::string::npos) continue;
    (void)registry.add_index(occurrence.reference->canonical(), {"linux/amd64"}, occurrence.written);
  }
  test::MemoryVerifier verifier;
  UpdateOptions updating;
  if (fs::exists(folder / "rendered")) {
    const std::string name(base::trim(test::read_text(folder / "rendered")));
    (void)registry.add_index(name, {"linux/amd64"}, name);
    updating.rendered = {{"out.yaml", "apiVersion: v1\nkind: Pod\nspec: {containers: [{image: \"" + name + "\"}]}\n"}};
  }
  const auto updated = update(opened->workspace, *scanned, updating, registry, verifier);
  ASSERT_TRUE(updated) << test::show(updated.error());
  const auto result = export_lock(opened->workspace, *scanned, {words.front(), words.size() > 1});
  const std::string shown =
      result ? result->text + "---\n" + std::to_string(result->images) + " images\n" + test::show(result->findings)
             : test::show(result.error());
  test::expect_golden(folder / "expected", shown);
}

INSTANTIATE_TEST_SUITE_P(Cases, ExportCase, ::testing::ValuesIn(test::case_names("export")), test::case_title);

TEST(Exporters, AreSortedByName) {
  const auto rows = exchange::exporters();
  EXPECT_TRUE(std::ranges::is_sorted(rows, {}, &exchange::Exporter::name));
}

}  // namespace
}  // namespace lock::ops
