#include "resolver/registry/tar.hpp"

#include <algorithm>
#include <optional>

#include "resolver/base/text.hpp"

namespace lock::registry {
namespace {

constexpr std::size_t block = 512;
constexpr std::size_t most_members = 100'000;
constexpr std::size_t most_name = 4'096;
constexpr std::size_t most_extended = std::size_t{1} << 20;  // a pax header, which also holds what is not looked at
constexpr std::uint64_t most_size = std::uint64_t{1} << 53;

// A field as text: up to its first NUL.
std::string_view text_field(std::string_view header, std::size_t from, std::size_t length) {
  const std::string_view field = header.substr(from, length);
  return field.substr(0, field.find('\0'));
}

// Octal digits between blanks, or GNU's base 256 for what does not fit.
std::optional<std::uint64_t> number_field(std::string_view header, std::size_t from, std::size_t length) {
  std::string_view field = header.substr(from, length);
  std::uint64_t value = 0;
  if (!field.empty() && static_cast<unsigned char>(field[0]) == 0x80) {
    for (const char c : field.substr(1)) {
      if (value > most_size) return std::nullopt;
      value = value * 256 + static_cast<unsigned char>(c);
    }
    return value <= most_size ? std::optional(value) : std::nullopt;
  }
  while (field.starts_with(' ')) field.remove_prefix(1);
  const std::size_t end = std::min(field.find_first_of(std::string_view(" \0", 2)), field.size());
  for (const char c : field.substr(0, end)) {
    if (c < '0' || c > '7' || value > most_size) return std::nullopt;
    value = value * 8 + static_cast<std::uint64_t>(c - '0');
  }
  return end > 0 && value <= most_size ? std::optional(value) : std::nullopt;
}

bool checksum_is_right(std::string_view header) {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < block; ++i) {
    sum += i >= 148 && i < 156 ? std::uint64_t{' '} : static_cast<unsigned char>(header[i]);
  }
  return number_field(header, 148, 8) == sum;
}

// "LENGTH KEY=VALUE\n" again and again. Only path and size matter here.
struct Extended {
  std::string path;
  std::optional<std::uint64_t> size;
};
std::optional<Extended> read_extended(std::string_view text) {
  Extended out;
  while (!text.empty()) {
    const std::size_t blank = text.find(' ');
    const auto length = base::parse_decimal(text.substr(0, std::min(blank, text.size())));
    if (blank == std::string_view::npos || !length || *length < blank + 3 || *length > text.size()) return std::nullopt;
    const std::string_view record = text.substr(blank + 1, static_cast<std::size_t>(*length) - blank - 2);
    if (text[static_cast<std::size_t>(*length) - 1] != '\n') return std::nullopt;
    const std::size_t equals = record.find('=');
    if (equals == std::string_view::npos) return std::nullopt;
    const std::string_view key = record.substr(0, equals);
    const std::string_view value = record.substr(equals + 1);
    if (key == "path") out.path = value;
    if (key == "size") {
      out.size = base::parse_decimal(value);
      if (!out.size || *out.size > most_size) return std::nullopt;
    }
    text.remove_prefix(static_cast<std::size_t>(*length));
  }
  return out;
}

class TarReader {
 public:
  TarReader(const ReadAt& read_at, std::uint64_t size, std::string_view name)
      : read_at_(read_at), size_(size), name_(name) {}

  Result<TarIndex> run() {
    while (!ended_) {
      auto step = take_member();
      if (!step) return std::unexpected(step.error());
    }
    return std::move(index_);
  }

 private:
  std::unexpected<Error> wrong(const std::string& what) const {
    return fail(ErrorKind::configuration,
                name_ + " is no tar archive that can be read: " + what + " at byte " + std::to_string(at_));
  }

  Result<void> take_member() {
    if (size_ < block || at_ > size_ - block) return wrong("it ends without its end mark");
    auto header = read_at_(at_, block);
    if (!header) return std::unexpected(header.error());
    if (header->find_first_not_of('\0') == std::string::npos) {
      ended_ = true;
      return {};
    }
    if (!checksum_is_right(*header)) return wrong("a header with a wrong checksum");
    const auto size = number_field(*header, 124, 12);
    if (!size) return wrong("a member without a size");
    const std::uint64_t data = at_ + block;
    const std::uint64_t length = next_.size.value_or(*size);
    if (length > size_ - data) return wrong("a member that is longer than the archive");
    auto taken = take(*header, data, length);
    if (!taken) return taken;
    if (++members_ > most_members) {
      return fail(ErrorKind::limit, name_ + " has more than " + std::to_string(most_members) + " members");
    }
    at_ = data + (length + block - 1) / block * block;
    return {};
  }

  Result<void> take(std::string_view header, std::uint64_t data, std::uint64_t length) {
    const char type = header[156];
    if (type == 'g') return {};  // of all members: nothing that we look at may stand there
    if (type == 'x' || type == 'L') return take_extension(type, data, length);
    std::string path = next_.path;
    if (path.empty()) {
      path = text_field(header, 0, 100);
      const std::string_view prefix =
          header.substr(257, 6) == std::string_view("ustar\0", 6) ? text_field(header, 345, 155) : std::string_view();
      if (!prefix.empty()) path = std::string(prefix) + "/" + path;
    }
    next_ = {};
    if (type != '0' && type != '\0' && type != '7') return {};
    while (path.starts_with("./")) path.erase(0, 2);
    const auto [entry, added] = index_.emplace(std::move(path), TarMember{data, length});
    if (!added) return wrong("a second member \"" + base::harmless(entry->first, 120) + "\"");
    return {};
  }

  // What belongs to the next header.
  Result<void> take_extension(char type, std::uint64_t data, std::uint64_t length) {
    if (length > (type == 'L' ? most_name : most_extended)) {
      return fail(ErrorKind::limit,
                  name_ + " has a member with an extended header of " + std::to_string(length) + " bytes");
    }
    auto text = read_at_(data, static_cast<std::size_t>(length));
    if (!text) return std::unexpected(text.error());
    if (type == 'L') {
      next_.path = text->substr(0, text->find('\0'));
      return {};
    }
    auto extended = read_extended(*text);
    if (!extended) return wrong("an extended header that cannot be read");
    if (extended->path.size() > most_name) return fail(ErrorKind::limit, name_ + " has a member with a name too long");
    next_ = std::move(*extended);
    return {};
  }

  const ReadAt& read_at_;
  std::uint64_t size_;
  std::string name_;
  std::uint64_t at_ = 0;
  std::size_t members_ = 0;
  bool ended_ = false;
  Extended next_;
  TarIndex index_;
};

}  // namespace

Result<TarIndex> read_tar(const ReadAt& read_at, std::uint64_t size, std::string_view name) {
  return TarReader(read_at, size, name).run();
}

}  // namespace lock::registry
