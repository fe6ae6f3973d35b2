#include "resolver/tree/git.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <stdexcept>

#include "tests/support/temporary_tree.hpp"

namespace lock::tree {
namespace {

using support::TemporaryTree;

using Paths = std::vector<std::string>;

Paths paths_of(const Result<GitFiles>& files) {
  return files ? files->paths : Paths{"error: " + base::describe(files.error())};
}

// Sets variables of the process environment and puts back what was there.
class Variables {
 public:
  explicit Variables(const std::vector<std::pair<std::string, std::string>>& variables) {
    for (const auto& [name, value] : variables) {
      const char* before = std::getenv(name.c_str());
      before_.emplace_back(name, before == nullptr ? std::optional<std::string>() : before);
      setenv(name.c_str(), value.c_str(), 1);
    }
  }
  ~Variables() {
    for (const auto& [name, value] : before_) {
      if (value) {
        setenv(name.c_str(), value->c_str(), 1);
      } else {
        unsetenv(name.c_str());
      }
    }
  }
  Variables(const Variables&) = delete;
  Variables& operator=(const Variables&) = delete;

 private:
  std::vector<std::pair<std::string, std::optional<std::string>>> before_;
};

class Planted : public ::testing::Test {
 protected:
  void SetUp() override {
    tree.folder("repository");
    tree.git({"init", "-q"}, "repository");
    tree.file("repository/a.yaml");
    tree.git({"add", "-A"}, "repository");
    tree.file("repository/b.yaml");
    // A program that leaves a trace, wherever git might take one from.
    tree.file("program", "#!/bin/sh\ntouch '" + marker() + "'\n");
    std::filesystem::permissions(tree / "program", std::filesystem::perms::owner_all);
  }
  [[nodiscard]] std::string marker() const { return (tree / "marker").string(); }
  [[nodiscard]] std::string program() const { return (tree / "program").string(); }
  [[nodiscard]] std::string repository() const { return (tree / "repository").string(); }
  [[nodiscard]] bool ran() const { return std::filesystem::exists(marker()); }
  TemporaryTree tree;
};

TEST_F(Planted, TheTraceWorks) {
  tree.git({"config", "core.fsmonitor", program()}, "repository");
  tree.git({"status"}, "repository");
  EXPECT_TRUE(ran()) << "git itself did not run the planted program: the other tests here would show nothing";
}

TEST_F(Planted, NoProgramOfTheRepositorysConfigurationRuns) {
  for (const char* name : {"core.fsmonitor",
                           "core.sshCommand",
                           "core.pager",
                           "core.editor",
                           "core.askPass",
                           "core.alternateRefsCommand",
                           "core.gitProxy",
                           "credential.helper",
                           "diff.external",
                           "pager.ls-files",
                           "pager.rev-parse",
                           "alias.ls-files",
                           "alias.rev-parse",
                           "filter.x.clean",
                           "filter.x.smudge",
                           "filter.x.process",
                           "diff.x.textconv",
                           "merge.x.driver",
                           "uploadpack.packObjectsHook",
                           "gpg.program",
                           "trace2.eventTarget"}) {
    const bool is_alias = std::string_view(name).starts_with("alias.");
    tree.git({"config", name, is_alias ? "!" + program() : program()}, "repository");
  }
  tree.file("included", "[core]\n\tfsmonitor = " + program() + "\n");
  tree.git({"config", "include.path", (tree / "included").string()}, "repository");
  tree.file("hooks/post-index-change", "#!/bin/sh\ntouch '" + marker() + "'\n");
  std::filesystem::permissions(tree / "hooks/post-index-change", std::filesystem::perms::owner_all);
  tree.git({"config", "core.hooksPath", (tree / "hooks").string()}, "repository");
  tree.file("repository/.gitattributes", "* filter=x diff=x merge=x\n");
  std::filesystem::remove(marker());
  EXPECT_EQ(paths_of(ask_git(repository(), "", 2)), (Paths{".gitattributes", "a.yaml", "b.yaml"}));
  EXPECT_FALSE(ran());
}

TEST_F(Planted, AMissingObjectIsNotFetched) {
  // A sparse index names a tree that only a remote has: reading it would ask the remote, with a program.
  tree.file("repository/out/c.yaml");
  tree.git({"add", "-A"}, "repository");
  tree.git({"commit", "-q", "-m", "all"}, "repository");
  tree.git({"sparse-checkout", "set", "--cone", "--sparse-index", "in"}, "repository");
  tree.git({"config", "extensions.partialClone", "origin"}, "repository");
  tree.git({"config", "core.repositoryFormatVersion", "1"}, "repository");
  tree.git({"config", "remote.origin.promisor", "true"}, "repository");
  tree.git({"config", "remote.origin.url", "ext::" + program()}, "repository");
  tree.git({"config", "protocol.ext.allow", "always"}, "repository");
  const std::string object = tree.git({"rev-parse", "HEAD:out"}, "repository");
  tree.remove("repository/.git/objects/" + object.substr(0, 2) + "/" + object.substr(2, object.size() - 3));
  const auto files = ask_git(repository(), "", 2);
  EXPECT_FALSE(ran());
  ASSERT_TRUE(files) << base::describe(files.error());
  EXPECT_EQ(files->paths, (Paths{"a.yaml", "b.yaml"}));
  EXPECT_FALSE(files->warnings.empty());  // git says that it could not read the folder, in words of its version
  // Left to itself, git asks the remote.
  try {
    tree.git({"ls-files"}, "repository");
  } catch (const std::runtime_error&) {
  }
  EXPECT_TRUE(ran());
}

TEST_F(Planted, TheProcessEnvironmentDoesNotMislead) {
  const TemporaryTree other;
  other.git({"init", "-q"});
  other.file("other.yaml");
  other.git({"add", "-A"});
  const std::string git_folder = (other / ".git").string();
  tree.file("excludes", "*.yaml\n");
  const Variables variables({{"GIT_DIR", git_folder},
                             {"GIT_WORK_TREE", other.path().string()},
                             {"GIT_INDEX_FILE", git_folder + "/index"},
                             {"GIT_CEILING_DIRECTORIES", repository()},
                             {"GIT_EXEC_PATH", tree.path().string()},
                             {"GIT_SSH_COMMAND", program()},
                             {"GIT_EXTERNAL_DIFF", program()},
                             {"GIT_PAGER", program()},
                             {"GIT_ASKPASS", program()},
                             {"GIT_TRACE", (tree / "trace").string()},
                             {"GIT_LITERAL_PATHSPECS", "0"},
                             {"GIT_CONFIG_COUNT", "2"},
                             {"GIT_CONFIG_KEY_0", "core.fsmonitor"},
                             {"GIT_CONFIG_VALUE_0", program()},
                             {"GIT_CONFIG_KEY_1", "core.excludesFile"},
                             {"GIT_CONFIG_VALUE_1", (tree / "excludes").string()}});
  EXPECT_EQ(paths_of(ask_git(repository(), "", 2)), (Paths{"a.yaml", "b.yaml"}));
  EXPECT_FALSE(ran());
  EXPECT_FALSE(std::filesystem::exists(tree / "trace"));
}

TEST_F(Planted, TheUsersOwnIgnoreFileChangesNothing) {
  tree.file("home/.config/git/ignore", "b.yaml\n");
  tree.file("home/.gitconfig", "[core]\n\texcludesFile = " + (tree / "home/.config/git/ignore").string() +
                                   "\n\tfsmonitor = " + program() + "\n");
  const Variables variables(
      {{"HOME", (tree / "home").string()}, {"XDG_CONFIG_HOME", (tree / "home/.config").string()}});
  EXPECT_EQ(paths_of(ask_git(repository(), "", 2)), (Paths{"a.yaml", "b.yaml"}));
  EXPECT_FALSE(ran());
}

TEST_F(Planted, OnlyAFolderOfIt) {
  tree.file("repository/x*/c.yaml");
  tree.file("repository/xy/d.yaml");
  EXPECT_EQ(paths_of(ask_git(repository(), "x*", 2)), Paths{"x*/c.yaml"});
}

TEST_F(Planted, AnUntrackedCacheThatLiesIsNotBelieved) {
  tree.git({"config", "core.untrackedCache", "true"}, "repository");
  tree.git({"update-index", "--force-untracked-cache"}, "repository");
  tree.git({"status"}, "repository");
  EXPECT_EQ(paths_of(ask_git(repository(), "", 2)), (Paths{"a.yaml", "b.yaml"}));
}

TEST_F(Planted, TheIndexIsNotWritten) {
  const auto before = tree.git({"hash-object", "--no-filters", repository() + "/.git/index"}, "repository");
  ASSERT_TRUE(ask_git(repository(), "", 2));
  EXPECT_EQ(tree.git({"hash-object", "--no-filters", repository() + "/.git/index"}, "repository"), before);
}

TEST_F(Planted, AForeignOwnerIsSaidWithTheWayOut) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root to give a folder away";
  tree.file("home/.gitconfig");
  const Variables variables(
      {{"HOME", (tree / "home").string()}, {"XDG_CONFIG_HOME", (tree / "home/.config").string()}, {"SUDO_UID", "0"}});
  tree.git({"config", "core.fsmonitor", program()}, "repository");
  ASSERT_EQ(lchown(repository().c_str(), 12345, 12345), 0);
  const auto files = ask_git(repository(), "", 2);
  ASSERT_FALSE(files);
  EXPECT_EQ(files.error().kind, ErrorKind::io);
  EXPECT_EQ(files.error().message,
            "the git checkout '" + repository() + "' belongs to another user (uid 12345), and git refuses to read it");
  EXPECT_EQ(files.error().hint, "if you trust it, run: git config --global --add safe.directory " + repository());
  EXPECT_FALSE(ran());

  // What the hint says helps, and then still nothing runs.
  tree.file("home/.gitconfig", "[safe]\n\tdirectory = " + repository() + "\n");
  EXPECT_EQ(paths_of(ask_git(repository(), "", 2)), (Paths{"a.yaml", "b.yaml"}));
  EXPECT_FALSE(ran());
}

TEST_F(Planted, AWorkTreeElsewhereIsSaid) {
  tree.folder("elsewhere");
  tree.git({"config", "core.worktree", (tree / "elsewhere").string()}, "repository");
  const auto files = ask_git(repository(), "", 2);
  ASSERT_FALSE(files);
  EXPECT_EQ(files.error().message, "there is a .git in '" + repository() + "', but for git the checkout is '" +
                                       (tree / "elsewhere").string() + "'");
}

TEST_F(Planted, ABrokenGitFolderIsSaid) {
  tree.folder("broken/.git");
  const auto files = ask_git((tree / "broken").string(), "", 2);
  ASSERT_FALSE(files);
  EXPECT_EQ(files.error().message, "git cannot read the checkout '" + (tree / "broken").string() +
                                       "': fatal: not a git repository (or any of the parent directories): .git");
  EXPECT_EQ(files.error().hint, "repair it, or remove its .git to have it read as a plain folder");
}

TEST_F(Planted, ABrokenGitFolderInACheckoutIsSaid) {
  tree.folder("repository/inner/.git");
  const auto files = ask_git(repository() + "/inner", "", 2);
  ASSERT_FALSE(files);
  EXPECT_EQ(files.error().message,
            "there is a .git in '" + repository() + "/inner', but for git the checkout is '" + repository() + "'");
}

TEST_F(Planted, WithoutGitACheckoutIsAnError) {
  const Variables variables(std::vector<std::pair<std::string, std::string>>{{"PATH", "/no/such/folder"}});
  const auto files = ask_git(repository(), "", 2);
  ASSERT_FALSE(files);
  EXPECT_EQ(files.error().kind, ErrorKind::io);
  EXPECT_EQ(files.error().message,
            "'" + repository() + "' is a git checkout, and git is not there to say which files belong to it");
  EXPECT_EQ(files.error().hint, "install git, or add its folder to PATH");
}

TEST(GitRows, TrackedAndOtherRows) {
  using namespace std::string_literals;
  const auto files = parse_git_files(
      "? new\tname\0"
      "H 100644 0123456789012345678901234567890123456789 0\tb\0"
      "M 100644 0123456789012345678901234567890123456789 1\ta\0"
      "M 100644 0123456789012345678901234567890123456789 2\ta\0"
      "S 100644 0123456789012345678901234567890123456789 0\tc\0"
      "H 160000 0123456789012345678901234567890123456789 0\tsub\0"
      "? inner/\0"s);
  ASSERT_TRUE(files) << base::describe(files.error());
  EXPECT_EQ(files->paths, (Paths{"a", "b", "c", "new\tname"}));
  EXPECT_EQ(files->sparse, Paths{"c"});
  EXPECT_EQ(files->submodules, (Paths{"inner", "sub"}));
}

TEST(GitRows, WhatIsNotUnderstoodIsAnError) {
  using namespace std::string_literals;
  for (const std::string& output : {"H 100644\0"s, "H 100644 x 0\t\0"s, "? no end"s, "\0"s, "x\0"s, "Hx 1\0"s}) {
    const auto files = parse_git_files(output);
    ASSERT_FALSE(files) << output;
    EXPECT_EQ(files.error().kind, ErrorKind::io);
    EXPECT_TRUE(files.error().message.starts_with("git ls-files answered in a form that is not understood: '"));
  }
}

}  // namespace
}  // namespace lock::tree
