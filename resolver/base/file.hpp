// Files of the local machine: bounded reading, durable writing, one writer at a time.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

#include "resolver/base/bytes.hpp"
#include "resolver/base/error.hpp"
#include "resolver/base/file_calls.hpp"

namespace lock::base {

// Whole contents. A file larger than `most` bytes is ErrorKind::limit and is not read; a missing one is `absent`; a
// directory, device or pipe is `io` (never opened: a FIFO in a tree must not block).
[[nodiscard]] Result<Bytes> read_file(const std::filesystem::path& path, std::size_t most);

// Replaces `path` so that a crash or a full disk at any instruction leaves the old or the new contents: temporary
// file in the same folder, write, fsync, rename, fsync of the folder. The temporary file is removed on failure; one
// that a crash left behind (`.<name>.<process id>.new`) harms nobody. Keeps the mode of an existing file; a symbolic
// link is followed, its target replaced. Contents that are equal to what is there are not written at all. When only
// the last fsync fails, the new contents are there and the error says that they may not outlive a power cut.
[[nodiscard]] Result<void> write_file_atomically(const std::filesystem::path& path, std::string_view contents,
                                                 FileCalls& calls = FileCalls::system());

// One writer at a time: an exclusive advisory lock on the folder of `path`, as long as the guard lives. It is taken on
// the folder itself, so nothing is left behind in a work tree; where the file system cannot do that (some network
// file systems) on a file `.<name>.guard` in it. Waits for another holder up to `seconds`, then fails with a hint.
class FileGuard {
 public:
  [[nodiscard]] static Result<FileGuard> acquire(const std::filesystem::path& path, int seconds);
  FileGuard(FileGuard&& other) noexcept;
  FileGuard& operator=(FileGuard&& other) noexcept;
  FileGuard(const FileGuard&) = delete;
  FileGuard& operator=(const FileGuard&) = delete;
  ~FileGuard();

 private:
  explicit FileGuard(int descriptor) : descriptor_(descriptor) {}
  int descriptor_ = -1;
};

}  // namespace lock::base
