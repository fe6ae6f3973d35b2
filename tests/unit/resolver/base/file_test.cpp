#include "resolver/base/file.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <optional>

namespace lock::base {
namespace {

namespace fs = std::filesystem;

class File : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "lock-file-test-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { fs::remove_all(folder_); }

  [[nodiscard]] fs::path at(std::string_view name) const { return folder_ / name; }
  void put(std::string_view name, std::string_view contents) const {
    std::ofstream(at(name), std::ios::binary) << contents;
  }
  [[nodiscard]] std::string get(std::string_view name) const {
    std::ifstream in(at(name), std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  [[nodiscard]] std::size_t files() const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder_), {}));
  }

  fs::path folder_;
};

// Lets `allowed` calls through; the next one fails with `error`, or ends the process when `exits` is set.
class FaultyCalls : public FileCalls {
 public:
  FaultyCalls(int allowed, int error, bool exits) : allowed_(allowed), error_(error), exits_(exits) {}
  int open(const char* path, int flags, mode_t mode) override {
    return faulty() ? -1 : FileCalls::open(path, flags, mode);
  }
  ssize_t write(int descriptor, const void* bytes, std::size_t count) override {
    // Short writes are part of the contract of write(2), so the double always makes them.
    return faulty() ? -1 : FileCalls::write(descriptor, bytes, std::min<std::size_t>(count, 4));
  }
  int fchmod(int descriptor, mode_t mode) override { return faulty() ? -1 : FileCalls::fchmod(descriptor, mode); }
  int fsync(int descriptor) override { return faulty() ? -1 : FileCalls::fsync(descriptor); }
  int close(int descriptor) override {
    const bool bad = faulty();
    const int result = FileCalls::close(descriptor);
    if (bad) errno = error_;
    return bad ? -1 : result;
  }
  int rename(const char* from, const char* to) override { return faulty() ? -1 : FileCalls::rename(from, to); }
  int unlink(const char* path) override { return faulty() ? -1 : FileCalls::unlink(path); }
  [[nodiscard]] int made() const { return made_; }

 private:
  bool faulty() {
    if (made_++ != allowed_) return false;
    if (exits_) ::_exit(7);
    errno = error_;
    return true;
  }
  int made_ = 0;
  int allowed_;
  int error_;
  bool exits_;
};

TEST_F(File, ReadsWholeFilesUpToTheLimit) {
  put("a", "12345");
  EXPECT_EQ(read_file(at("a"), 5).value(), "12345");
  EXPECT_EQ(read_file(at("a"), 4).error().message, at("a").string() + " is larger than 4 bytes");
  EXPECT_EQ(read_file(at("a"), 4).error().kind, ErrorKind::limit);
  put("empty", "");
  EXPECT_EQ(read_file(at("empty"), 0).value(), "");
}

TEST_F(File, SaysWhatIsNotAFile) {
  const auto missing = read_file(at("none"), 10);
  EXPECT_EQ(missing.error().kind, ErrorKind::absent);
  EXPECT_EQ(missing.error().message, at("none").string() + " does not exist");
  EXPECT_EQ(read_file(folder_, 10).error().message, folder_.string() + " is a directory, not a file");
  ASSERT_EQ(::mkfifo(at("pipe").c_str(), 0600), 0);
  EXPECT_EQ(read_file(at("pipe"), 10).error().message, at("pipe").string() + " is a pipe, not a file");
  EXPECT_EQ(read_file("/dev/zero", 10).error().message, "/dev/zero is a device, not a file");
}

TEST_F(File, ReplacesContentsAndKeepsTheMode) {
  put("a", "old");
  ASSERT_EQ(::chmod(at("a").c_str(), 0640), 0);
  ASSERT_TRUE(write_file_atomically(at("a"), "new contents"));
  EXPECT_EQ(get("a"), "new contents");
  struct stat status{};
  ASSERT_EQ(::stat(at("a").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0640U);
  EXPECT_EQ(files(), 1U);
}

TEST_F(File, DoesNotTouchEqualContents) {
  put("a", "same");
  struct stat before{};
  struct stat after{};
  ASSERT_EQ(::stat(at("a").c_str(), &before), 0);
  FaultyCalls none(0, EIO, false);
  ASSERT_TRUE(write_file_atomically(at("a"), "same", none));
  ASSERT_EQ(::stat(at("a").c_str(), &after), 0);
  EXPECT_EQ(none.made(), 0);
  EXPECT_EQ(before.st_ino, after.st_ino);
}

TEST_F(File, FollowsSymbolicLinks) {
  put("real", "old");
  fs::create_directory(at("sub"));
  fs::create_symlink("../real", at("sub/link"));
  ASSERT_TRUE(write_file_atomically(at("sub/link"), "new"));
  EXPECT_TRUE(fs::is_symlink(at("sub/link")));
  EXPECT_EQ(get("real"), "new");
  fs::create_symlink("later", at("dangling"));
  ASSERT_TRUE(write_file_atomically(at("dangling"), "x"));
  EXPECT_EQ(get("later"), "x");
}

TEST_F(File, RefusesToReplaceADirectory) {
  EXPECT_EQ(write_file_atomically(folder_, "x").error().message, folder_.string() + " is a directory, not a file");
}

TEST_F(File, AFailedCallAnywhereLeavesOldOrNewAndNoTemporaryFile) {
  for (int step = 0;; ++step) {
    put("a", "the old contents");
    FaultyCalls calls(step, ENOSPC, false);
    const Result<void> result = write_file_atomically(at("a"), "the new contents, longer", calls);
    if (calls.made() <= step) {
      EXPECT_TRUE(result);
      EXPECT_GE(step, 10) << "open, six short writes, fchmod, fsync, close, rename, open, fsync, close";
      break;
    }
    ASSERT_FALSE(result) << "call " << step;
    const std::string left = get("a");
    EXPECT_TRUE(left == "the old contents" || left == "the new contents, longer") << "call " << step;
    EXPECT_NE(result.error().message.find("No space left on device"), std::string::npos) << result.error().message;
    EXPECT_EQ(result.error().hint.empty(), left == "the old contents") << "call " << step;
    EXPECT_EQ(files(), 1U) << "call " << step;
  }
}

TEST_F(File, AnEndOfTheProcessAnywhereLeavesOldOrNew) {
  for (int step = 0;; ++step) {
    put("a", "the old contents");
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      FaultyCalls calls(step, 0, true);
      ::_exit(write_file_atomically(at("a"), "the new contents, longer", calls) ? 0 : 1);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFEXITED(status));
    const std::string left = get("a");
    EXPECT_TRUE(left == "the old contents" || left == "the new contents, longer") << "call " << step;
    ASSERT_TRUE(write_file_atomically(at("a"), "later")) << "call " << step;
    EXPECT_EQ(get("a"), "later");
    if (WEXITSTATUS(status) == 0) break;
    ASSERT_EQ(WEXITSTATUS(status), 7) << "call " << step;
  }
}

TEST_F(File, AMissingFolderIsSaid) {
  EXPECT_EQ(write_file_atomically(at("none/a"), "x").error().message,
            "cannot write " + at("none/a").string() + ": No such file or directory");
}

TEST_F(File, TheGuardKeepsASecondWriterOutAndLeavesNothingBehind) {
  auto first = FileGuard::acquire(at("images.lock"), 0);
  ASSERT_TRUE(first);
  const auto second = FileGuard::acquire(at("images.lock"), 0);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().message,
            "another process has been writing " + at("images.lock").string() + " for 0 seconds");
  EXPECT_EQ(second.error().hint, "wait for it to end, or end it, and run this again");
  {
    const FileGuard ended = std::move(*first);
  }
  EXPECT_TRUE(FileGuard::acquire(at("images.lock"), 0));
  EXPECT_EQ(files(), 0U);
}

}  // namespace
}  // namespace lock::base
