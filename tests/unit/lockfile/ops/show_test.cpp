// The deeds that only show: outdated, list, why, diff; and init.
#include <gtest/gtest.h>

#include "lockfile/ops/diff.hpp"
#include "lockfile/ops/init.hpp"
#include "lockfile/ops/list.hpp"
#include "lockfile/ops/outdated.hpp"
#include "lockfile/ops/why.hpp"
#include "lockfile/policy/checks.hpp"
#include "resolver/base/process.hpp"
#include "tests/support/tree_world.hpp"

namespace lock::ops {
namespace {

using test::show;
using test::TreeWorld;

class ShowWorld : public ::testing::Test {
 protected:
  std::string diff_of(const std::string& old, const std::string& fresh) {
    const auto result = diff(world.workspace, world.scan, {old, fresh});
    if (!result) return show(result.error());
    std::string text;
    for (const DiffRow& row : result->rows) {
      text += row.lock_file + ": " + std::string(document::name_of(row.difference.change)) + " " +
              row.difference.either().reference.familiar();
      for (const std::string& file : row.files) text += " " + file;
      text += "\n";
    }
    return text;
  }
  std::string why_of(const std::string& asked) {
    const auto result = why(world.workspace, world.scan, asked);
    if (!result) return show(result.error());
    std::string text = result->reference + ":";
    for (const auto* occurrence : result->occurrences) {
      text += " " + occurrence->file + ":" + std::to_string(occurrence->position.line);
    }
    return text;
  }
  void git(std::vector<std::string> arguments) {
    base::ProcessRequest request;
    request.arguments = {"git", "-c", "user.name=T", "-c", "user.email=t@example.com"};
    request.arguments.insert(request.arguments.end(), arguments.begin(), arguments.end());
    request.directory = world.folder.path().string();
    const auto answer = base::run_process(request);
    ASSERT_TRUE(answer && answer->exit_status == 0) << (answer ? answer->errors : show(answer.error()));
  }

  TreeWorld world;
  image::Digest nginx = world.registry.add_index("nginx:1", {"linux/amd64", "linux/arm64"});
  image::Digest redis = world.registry.add_image("redis:7", "linux/amd64", "redis");
};

TEST_F(ShowWorld, OutdatedNamesWhatMovedAndFetchesThatAlone) {
  world.add("a:1", "nginx:1");
  world.add("a:2", "redis:7");
  world.add("a:3", "redis@" + redis.text());
  world.update();
  const image::Digest moved = world.registry.add_index("nginx:1", {"linux/amd64", "linux/s390x"}, "2");
  world.registry.asked.clear();
  const OutdatedResult result = outdated(world.workspace, world.registry, world.verifier).value();
  ASSERT_EQ(result.images.size(), 1U);
  EXPECT_EQ(result.images[0].reference, "docker.io/library/nginx:1");
  EXPECT_EQ(result.images[0].locked, nginx.text());
  EXPECT_EQ(result.images[0].current, moved.text());
  EXPECT_EQ(result.images[0].platforms_added, std::vector<std::string>{"linux/s390x"});
  EXPECT_EQ(result.images[0].platforms_removed, std::vector<std::string>{"linux/arm64"});
  EXPECT_EQ(world.registry.asked,
            (std::vector<std::string>{"resolve docker.io/library/nginx:1", "resolve docker.io/library/redis:7",
                                      "manifest docker.io/library/nginx@" + moved.text()}));
}

TEST_F(ShowWorld, OutdatedSaysWhatItCouldNotSee) {
  world.registry.add_index("quay.io/a/b:1", {"linux/amd64"});
  world.add("a:1", "nginx:1");
  world.add("a:2", "quay.io/a/b:1");
  world.update();
  world.registry.remove_tag("nginx:1");
  world.registry.fail_host("quay.io", ErrorKind::unreachable);
  const OutdatedResult result = outdated(world.workspace, world.registry, world.verifier).value();
  EXPECT_EQ(show(result.findings),
            "images.lock:1:1: error[tag-gone]: the registry has no nginx:1 any more\n"
            "  reference: docker.io/library/nginx:1\n  digest: " +
                nginx.text() + "\n");
  ASSERT_EQ(result.undetermined.size(), 1U);
  EXPECT_EQ(result.undetermined[0].finding.message, "cannot see whether quay.io/a/b:1 moved");
}

TEST_F(ShowWorld, OutdatedSaysWhoSignedTheNewOne) {
  const image::Signer release = test::workflow("release");
  const image::Signer stranger = test::workflow("stranger");
  world.verifier.sign(nginx, release);
  world.add("a:1", "nginx:1");
  world.add("a:2", "redis:7");
  world.update();
  world.verifier.asked.clear();
  EXPECT_EQ(outdated(world.workspace, world.registry, world.verifier).value().images.size(), 0U);
  EXPECT_EQ(world.verifier.asked, std::vector<std::string>{}) << "nothing moved";
  const image::Digest moved = world.registry.add_index("nginx:1", {"linux/amd64", "linux/arm64"}, "2");
  world.verifier.sign(moved, stranger);
  const OutdatedResult result = outdated(world.workspace, world.registry, world.verifier).value();
  ASSERT_EQ(result.images.size(), 1U);
  EXPECT_EQ(result.images[0].signers_locked, std::vector<image::Signer>{release});
  EXPECT_EQ(result.images[0].signers_current, std::vector<image::Signer>{stranger});
  EXPECT_EQ(world.verifier.asked, std::vector<std::string>{"docker.io/library/nginx@" + moved.text()});
  EXPECT_EQ(result.undetermined.size(), 0U);
}

TEST_F(ShowWorld, OutdatedSaysWhenItCannotSeeWhoSigned) {
  world.add("a:1", "nginx:1");
  world.update();
  const image::Digest moved = world.registry.add_index("nginx:1", {"linux/amd64", "linux/arm64"}, "2");
  world.verifier.fail_place(moved, ErrorKind::refused);
  const OutdatedResult result = outdated(world.workspace, world.registry, world.verifier).value();
  ASSERT_EQ(result.undetermined.size(), 1U);
  EXPECT_EQ(result.undetermined[0].finding.message, "cannot see everybody who signed nginx:1");
}

TEST_F(ShowWorld, ListNeedsALockAndAWholeOne) {
  EXPECT_EQ(show(list(world.workspace).error()),
            "configuration: there is no images.lock\n  hint: run `lock update` to write it\n");
  world.add_scope("team", "");
  world.add("team/a:1", "redis:7");
  world.update();
  const auto entries = list(world.workspace).value();
  ASSERT_EQ(entries.size(), 1U) << "the root scope has no images and no lock";
  EXPECT_EQ(entries[0].lock_file, "team/images.lock");
  EXPECT_EQ(entries[0].entry.reference.familiar(), "redis:7");
  world.folder.write("images.lock", "version = 2\n");
  EXPECT_EQ(list(world.workspace).error().kind, ErrorKind::configuration);
}

TEST_F(ShowWorld, WhyFindsPlacesByNameTagGlobAndDigest) {
  world.add("b:2", "nginx:1");
  world.add("a:9", "nginx:1@" + nginx.text());
  world.add("a:10", "redis:7");
  world.update();
  EXPECT_EQ(why_of("nginx"), "docker.io/library/nginx: a:9 b:2");
  EXPECT_EQ(why_of("nginx:1"), "docker.io/library/nginx:1: a:9 b:2");
  EXPECT_EQ(why_of("docker.io/library/*"), "docker.io/library/*: a:9 a:10 b:2");
  EXPECT_EQ(why_of(nginx.text()), nginx.text() + ": a:9 b:2");
  const std::string arm = world.registry.platform_digest(nginx, "linux/arm64").text();
  EXPECT_EQ(why_of(arm), arm + ": a:9 b:2");
  EXPECT_EQ(why_of("nginx:2"), "usage: no file and no lock names nginx:2\n  hint: did you mean nginx:1?\n");
  const std::string none = image::Digest::sha256_of("none").text();
  EXPECT_EQ(why_of(none),
            "usage: no file brings in " + none + "\n  hint: `lock list` shows the digests that are locked\n");
}

TEST_F(ShowWorld, DiffComparesCommitsPathsAndTheWorkTree) {
  git({"init", "-q"});
  EXPECT_EQ(
      diff_of("", ""),
      "usage: 'HEAD' names no commit and no file\n  hint: a path, or a git revision such as HEAD~1, is expected\n");
  world.add("a:1", "nginx:1");
  world.update();
  world.folder.write("old.lock", world.lock());
  git({"add", "images.lock"});
  git({"commit", "-q", "-m", "one"});
  EXPECT_EQ(diff_of("", ""), "");
  world.registry.add_index("nginx:1", {"linux/amd64", "linux/arm64"}, "2");
  world.add("b/c:1", "redis:7");
  world.add("b/d:1", "nginx:1");
  world.update({.upgrade = true});
  const std::string expected = "digest nginx:1 a b/d\nimages.lock: added redis:7 b/c\n";
  EXPECT_EQ(diff_of("", ""), "images.lock: " + expected);
  EXPECT_EQ(diff_of("HEAD", "images.lock"), "images.lock: " + expected);
  EXPECT_EQ(diff_of("old.lock", ""), "images.lock: " + expected);
  git({"add", "images.lock"});
  git({"commit", "-q", "-m", "two"});
  EXPECT_EQ(diff_of("HEAD~1", "HEAD"), "images.lock: " + expected);
  EXPECT_EQ(diff_of("HEAD", "HEAD~1"), "images.lock: digest nginx:1 a b/d\nimages.lock: removed redis:7 b/c\n");
  EXPECT_EQ(diff_of("--upload-pack=x", ""),
            "usage: '--upload-pack=x' names no commit and no file\n"
            "  hint: a path, or a git revision such as HEAD~1, is expected\n");
}

TEST_F(ShowWorld, ALockThatACommitLacksIsEmptyThere) {
  git({"init", "-q"});
  git({"commit", "-q", "--allow-empty", "-m", "none"});
  world.add("a:1", "nginx:1");
  world.update();
  EXPECT_EQ(diff_of("", ""), "images.lock: added nginx:1 a\n");
}

// The text with every setting uncommented.
std::string uncommented(const std::string& text) {
  std::string out;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = text.find('\n', begin) + 1;
    const bool setting = text[begin] == '#' && text[begin + 1] != ' ';
    out += text.substr(begin + (setting ? 1 : 0), end - begin - (setting ? 1 : 0));
    begin = end;
  }
  return out;
}

TEST_F(ShowWorld, InitWritesWhatFitsTheTree) {
  const std::string empty = starting_settings(world.scan);
  world.add("Dockerfile:1", "nginx:1");
  world.add("docs/Dockerfile:1", "quay.io/a/b:1");
  world.add("compose.yaml:3", "ghcr.io/acme/app:dev").status = image::Status::first_party;
  image::Occurrence unresolved;
  unresolved.file = "deploy.yaml";
  unresolved.status = image::Status::unresolved;
  world.scan.scopes[0].occurrences.push_back(unresolved);
  const InitResult result = init(world.workspace, world.scan).value();
  EXPECT_EQ(world.folder.read("images.toml"), result.text);
  test::expect_golden(test::case_folder("init", "tree") / "images.toml", result.text);
  for (const std::string& text : {empty, uncommented(empty), result.text, uncommented(result.text)}) {
    const auto settings = settings::read(text, "images.toml", policy::adjustable_checks());
    EXPECT_TRUE(settings) << show(settings.error()) << text;
  }
  EXPECT_EQ(show(init(world.workspace, world.scan).error()),
            "usage: there is an images.toml already\n  hint: edit it, or remove it first\n");
}

}  // namespace
}  // namespace lock::ops
