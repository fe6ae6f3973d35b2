// Opens what lies under a folder, one path segment at a time, none of which may be a symbolic link: whatever the tree
// holds and whoever changes it meanwhile, nothing outside of it is opened. FIFOs, sockets and devices are looked at but
// not opened.
//
// Remembers the folders on the way to the last path, so that paths asked in sorted order cost one open each. One
// Descent belongs to one thread.
#pragma once

#include <sys/stat.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "resolver/base/bytes.hpp"
#include "resolver/base/descriptor.hpp"
#include "resolver/base/error.hpp"

namespace lock::tree {

// Folders in folders, and a descriptor held open for each: deeper trees are not read.
inline constexpr std::size_t most_depth = 256;

enum class Outcome : std::uint8_t {
  opened,   // a regular file
  gone,     // not there, or no longer
  link,     // a symbolic link
  folder,   // a directory
  special,  // a FIFO, a socket, a device
  too_deep,
  too_large,
  failed,  // see `error_number`
};

struct Opening {
  Outcome outcome = Outcome::failed;
  int error_number = 0;
  base::Descriptor descriptor;  // open when `outcome` is `opened`
  std::size_t size = 0;         // of the file just before it was opened
};

class Descent {
 public:
  [[nodiscard]] static Result<Descent> at(const std::string& folder);

  [[nodiscard]] Opening open(std::string_view path);

  // A directory, to be read with each_member; "" is the one that the Descent began at. `opened` is success here too.
  [[nodiscard]] Opening open_folder(std::string_view path);

  // Looks only: `opened` stands for a regular file that could have been opened.
  [[nodiscard]] Outcome look(std::string_view path);

 private:
  explicit Descent(base::Descriptor root) : root_(std::move(root)) {}

  struct Step {
    std::size_t end = 0;  // of its path in folder_
    base::Descriptor descriptor;
  };
  // One segment below the last step.
  base::Descriptor step_into(const std::string& name, Opening& opening);
  // The descriptor of `folder`, or -1 with `opening` telling why.
  int enter(std::string_view folder, Opening& opening);
  // Splits, enters, and looks at the last segment.
  Opening stat_last(std::string_view path, int& parent, std::string& name, struct stat& status);

  base::Descriptor root_;
  std::string folder_;  // the one that steps_ lead to
  std::vector<Step> steps_;
};

// What an open directory holds, without "." and "..", in the order of the disk. False with errno set when it could not
// be read to its end.
using OnMember = std::function<void(std::string_view name, bool is_folder)>;
[[nodiscard]] bool each_member(const base::Descriptor& folder, const OnMember& on_member);

// The contents of an opened file, up to `most` bytes; `too_large` beyond. Grows with the file if that grows.
struct Contents {
  Outcome outcome = Outcome::failed;
  int error_number = 0;
  Bytes bytes;
};
void read_contents(const Opening& opening, std::size_t most, Contents& contents);

// "Permission denied", "is a symbolic link and is not followed", …: the end of a sentence that begins with the file.
[[nodiscard]] std::string reason_of(Outcome outcome, int error_number, std::size_t most);

}  // namespace lock::tree
