// Decoded text that remembers, byte for byte, where it was written.
//
// Every decoding in this folder makes a MappedText: a YAML scalar, a Dockerfile word over continuation lines, a value
// that interpolation put together from pieces of several files, a Dockerfile inside a block string of a Compose file.
// Decoders stack: whoever decodes a MappedText again slices and appends it, and the map to the file's bytes stays
// right without anybody doing arithmetic. Occurrences get their slots from it (resolver/collect/occurrence.hpp).
//
// Offsets are bytes: of the decoded text, or of the file on disk (a byte order mark counts). A MappedText points at
// its SourceTexts, which must outlive it. Values; not synchronised, but a const one may be read by several threads.
#pragma once

#include <cstddef>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "resolver/base/place.hpp"
#include "resolver/image/occurrence.hpp"

namespace lock::collect {

// The bytes of one file, as they are on disk. Never moves, so that others may point at it. Safe to share.
class SourceText {
 public:
  SourceText(std::string path, std::string bytes) : path_(std::move(path)), bytes_(std::move(bytes)) {}
  SourceText(const SourceText&) = delete;
  SourceText& operator=(const SourceText&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }  // relative to the root of the run, with '/'
  [[nodiscard]] std::string_view bytes() const { return bytes_; }
  [[nodiscard]] const base::LineIndex& lines() const;  // made at the first call

 private:
  std::string path_;
  std::string bytes_;
  mutable std::once_flag once_;
  mutable std::optional<base::LineIndex> lines_;
};

// Bytes of a file behind a piece of text.
struct Origin {
  const SourceText* source = nullptr;
  Span bytes;
  image::Style style = image::Style::plain;
  bool shared = false;  // others read the same bytes (a variable's value), so that an edit is seen elsewhere
};

class MappedText {
 public:
  struct Segment {
    std::size_t begin = 0;  // first byte of the text; it ends where the next segment begins
    Origin origin;          // `source` is null for text that nobody wrote: a join, a fold without bytes
    bool verbatim = false;  // byte for byte; otherwise the whole segment was decoded from the whole origin (an escape)
  };

  MappedText() = default;
  // A whole file, without its byte order mark. The text is not checked.
  [[nodiscard]] static MappedText whole(const SourceText& source);
  [[nodiscard]] static MappedText verbatim(const SourceText& source, Span bytes,
                                           image::Style style = image::Style::plain);
  [[nodiscard]] static MappedText synthesised(std::string_view text);

  [[nodiscard]] std::string_view text() const { return text_; }
  [[nodiscard]] std::size_t size() const { return text_.size(); }
  [[nodiscard]] bool empty() const { return text_.empty(); }
  [[nodiscard]] const std::vector<Segment>& segments() const { return segments_; }

  // The text from `begin` to before `end` (cut to its size) with its map. Half of an escape maps to the whole escape.
  [[nodiscard]] MappedText slice(std::size_t begin, std::size_t end = std::string_view::npos) const;
  [[nodiscard]] MappedText trimmed() const;  // without blanks, tabs, CR and LF at both ends

  void append(const MappedText& other);
  void append_verbatim(const SourceText& source, Span bytes, image::Style style);
  // `text` is what the bytes mean together: "é" for `\u00e9`, " " for a folded line end.
  void append_decoded(std::string_view text, const SourceText& source, Span bytes, image::Style style);
  // The same over text that was decoded before: `text` is what all of `from` means.
  void append_decoded(std::string_view text, const MappedText& from);
  void append_synthesised(std::string_view text);

  void set_shared();                   // every origin
  void set_style(image::Style style);  // every origin; for a decoder of quotes inside another decoder's text

  // The bytes behind [begin, end), in the order of the text, adjacent ones of equal style joined. Text that nobody
  // wrote has none. A part of an escape gives the whole escape: see `splits_escape`.
  [[nodiscard]] std::vector<Origin> ranges(std::size_t begin, std::size_t end) const;
  // Whether begin or end lies inside of something that cannot be edited by halves.
  [[nodiscard]] bool splits_escape(std::size_t begin, std::size_t end) const;
  // Where an empty text stands or the byte `at` was written; nothing when nobody wrote it.
  [[nodiscard]] std::optional<Origin> origin_at(std::size_t at) const;

 private:
  void add(std::size_t length, Origin origin, bool is_verbatim);
  [[nodiscard]] std::size_t segment_at(std::size_t offset) const;
  [[nodiscard]] std::size_t end_of(std::size_t segment) const;

  std::string text_;
  std::vector<Segment> segments_;
};

}  // namespace lock::collect
