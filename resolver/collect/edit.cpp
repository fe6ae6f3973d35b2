#include "resolver/collect/edit.hpp"

#include <algorithm>

namespace lock::collect {
namespace {

using image::Occurrence;
using image::Part;
using image::Slot;
using image::Style;

const Slot* find(const Occurrence& occurrence, Part part) {
  const auto at = std::ranges::find(occurrence.slots, part, &Slot::part);
  return at == occurrence.slots.end() ? nullptr : &*at;
}

// The last part that is written before the digest.
const Slot* last_before_digest(const Occurrence& occurrence) {
  const Slot* last = nullptr;
  for (const Slot& slot : occurrence.slots) {
    if (slot.part != Part::digest) last = &slot;
  }
  return last;
}

Result<void> check_editable(const Occurrence& occurrence) {
  if (!occurrence.not_editable.empty()) return fail(ErrorKind::unsupported, occurrence.not_editable);
  if (occurrence.slots.empty() || last_before_digest(occurrence) == nullptr) {
    return fail(ErrorKind::unsupported, "its text is put together elsewhere");
  }
  for (const Slot& slot : occurrence.slots) {
    // A number is no string there; an edit would have to add the quotes.
    if (slot.style == Style::plain && slot.file.ends_with(".json")) {
      return fail(ErrorKind::unsupported, "it is no string in JSON");
    }
  }
  return {};
}

// The first range takes the text, the others become empty: what lies between them (folds, escapes) stays.
void replace(const Slot& slot, const std::string& text, std::vector<Edit>& edits) {
  for (std::size_t i = 0; i < slot.ranges.size(); ++i) edits.push_back({slot.file, slot.ranges[i], i == 0 ? text : ""});
}

void insert_behind(const Slot& slot, std::string text, std::vector<Edit>& edits) {
  const std::size_t end = slot.ranges.back().end;
  edits.push_back({slot.file, {end, end}, std::move(text)});
}

}  // namespace

Result<std::vector<Edit>> pin_edits(const Occurrence& occurrence, const image::Digest& digest) {
  if (auto editable = check_editable(occurrence); !editable) return std::unexpected(std::move(editable.error()));
  std::vector<Edit> edits;
  const Slot* written = find(occurrence, Part::digest);
  if (written != nullptr && written->text == digest.text()) return edits;
  const bool latest =
      find(occurrence, Part::tag) == nullptr && !(occurrence.reference && occurrence.reference->digest());
  const Slot& before = *last_before_digest(occurrence);
  if (written == nullptr) {
    insert_behind(before, (latest ? ":latest@" : "@") + digest.text(), edits);
    return edits;
  }
  replace(*written, (written->text.empty() ? written->lead : "") + digest.text(), edits);
  if (latest) insert_behind(before, ":latest", edits);
  return edits;
}

Result<std::vector<Edit>> unpin_edits(const Occurrence& occurrence, BytesView bytes) {
  std::vector<Edit> edits;
  const Slot* written = find(occurrence, Part::digest);
  if (written == nullptr || written->text.empty() || find(occurrence, Part::tag) == nullptr) return edits;
  if (auto editable = check_editable(occurrence); !editable) return std::unexpected(std::move(editable.error()));
  replace(*written, "", edits);
  const Span first = written->ranges.front();
  if (!written->lead.empty()) {
    const std::size_t length = written->lead.size();
    if (first.begin < length || bytes.substr(first.begin - length, length) != written->lead) {
      return fail(ErrorKind::unsupported, "the key of its digest is written in another way");
    }
    edits.front().bytes.begin -= length;
    return edits;
  }
  const Slot& before = *last_before_digest(occurrence);
  const bool joined = before.file == written->file && first.begin == before.ranges.back().end + 1;
  if (joined) {
    if (first.begin > bytes.size() || bytes[first.begin - 1] != '@') {
      return fail(ErrorKind::unsupported, "the '@' before its digest is written in another way");
    }
    edits.front().bytes.begin = first.begin - 1;
  } else if (before.file == written->file && first.begin > 0 && first.begin <= bytes.size() &&
             bytes[first.begin - 1] == '@') {
    return fail(ErrorKind::unsupported, "something stands between its tag and its digest");
  }
  return edits;
}

Result<Bytes> with_edits(BytesView bytes, std::span<const Edit> edits) {
  std::vector<Edit> sorted(edits.begin(), edits.end());
  std::ranges::sort(sorted,
                    [](const Edit& a, const Edit& b) { return std::tie(a.bytes, a.text) < std::tie(b.bytes, b.text); });
  const auto repeated = std::ranges::unique(sorted);
  sorted.erase(repeated.begin(), repeated.end());
  Bytes out;
  out.reserve(bytes.size() + sorted.size() * 80);
  std::size_t done = 0;
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    const Edit& edit = sorted[i];
    const bool same_place = i > 0 && sorted[i - 1].bytes.begin == edit.bytes.begin;
    if (edit.bytes.begin < done || edit.bytes.end > bytes.size() || edit.bytes.end < edit.bytes.begin || same_place) {
      return fail(ErrorKind::unsupported, "two places want different texts in the same bytes");
    }
    out.append(bytes.substr(done, edit.bytes.begin - done));
    out.append(edit.text);
    done = edit.bytes.end;
  }
  out.append(bytes.substr(done));
  return out;
}

}  // namespace lock::collect
