#include "lockfile/ops/source_edit.hpp"

#include <algorithm>
#include <numeric>

#include "resolver/tree/descent.hpp"

namespace lock::ops {
namespace {

using image::Occurrence;

constexpr std::size_t kMostFile = std::size_t{16} << 20;
constexpr int kMostAttempts = 200;

// The neighbours, but for one file whose bytes are in memory.
class Overlay final : public collect::Files {
 public:
  Overlay(const collect::Files& files, const std::string& file, const Bytes& bytes)
      : files_(files), text_(file, bytes) {}
  const collect::SourceText* find(std::string_view path) const override {
    return path == text_.path() ? &text_ : files_.find(path);
  }

 private:
  const collect::Files& files_;
  collect::SourceText text_;
};

bool in_order(const Occurrence& a, const Occurrence& b) {
  return std::tie(a.file, a.span.begin, a.path, a.written) < std::tie(b.file, b.span.begin, b.path, b.written);
}

// `known`: what the source was seen to find. What it finds in another file may be another source's, which found it
// first.
std::vector<Occurrence> collected(const std::string& source, const std::vector<const Occurrence*>& known,
                                  const collect::Files& files, const Collecting& collecting) {
  const collect::SourceText* text = files.find(source);
  if (text == nullptr) return {};
  const collect::Source parsed(source, Bytes(text->bytes()));
  std::vector<Occurrence> occurrences = collecting(parsed, files).occurrences;
  std::erase_if(occurrences, [&](const Occurrence& one) {
    return one.file != source && std::ranges::none_of(known, [&one](const Occurrence* other) {
             return other->file == one.file && other->path == one.path && other->format == one.format;
           });
  });
  std::ranges::stable_sort(occurrences, in_order);
  return occurrences;
}

bool reads(const Occurrence& occurrence, const std::string& file) {
  return occurrence.file == file ||
         std::ranges::any_of(occurrence.slots, [&file](const image::Slot& slot) { return slot.file == file; });
}

bool same_place(const Occurrence& a, const Occurrence& b) {
  return a.file == b.file && a.span == b.span && a.path == b.path && a.written == b.written &&
         a.reference == b.reference;
}

// Intents that write the same bytes, which can only be made together.
using Unit = std::vector<const Intent*>;

std::vector<Unit> units_of(const std::vector<Intent>& intents) {
  std::map<Span, std::vector<std::size_t>> by_bytes;
  for (std::size_t i = 0; i < intents.size(); ++i) {
    for (const collect::Edit& edit : intents[i].edits) by_bytes[edit.bytes].push_back(i);
  }
  std::vector<std::size_t> unit(intents.size());
  std::iota(unit.begin(), unit.end(), 0);
  const auto root = [&unit](std::size_t i) {
    while (unit[i] != i) i = unit[i] = unit[unit[i]];
    return i;
  };
  for (const auto& [bytes, who] : by_bytes) {
    for (const std::size_t i : who) unit[root(i)] = root(who.front());
  }
  std::map<std::size_t, Unit> units;
  for (std::size_t i = 0; i < intents.size(); ++i) units[root(i)].push_back(&intents[i]);
  std::vector<Unit> out;
  for (auto& [first, members] : units) out.push_back(std::move(members));
  return out;
}

bool is_shared(const Intent* intent) {
  return std::ranges::any_of(intent->occurrence->slots, [](const image::Slot& slot) { return slot.shared; });
}

class Editor {
 public:
  Editor(const std::string& file, Bytes bytes, const collect::Files& files, const Collecting& collecting,
         const OccurrencesBySource& all)
      : file_(file), files_(files), collecting_(collecting) {
    result_.after = bytes;
    result_.before = std::move(bytes);
    for (const auto& [source, occurrences] : all) {
      const bool involved = source == file || std::ranges::any_of(occurrences, [&file](const Occurrence* occurrence) {
                              return reads(*occurrence, file);
                            });
      // What only the name of a symbolic link finds is never edited, and nobody reads through the link again.
      const bool link =
          source != file && files.find(source) == nullptr &&
          std::ranges::none_of(occurrences, [](const Occurrence* one) { return one->not_editable.empty(); });
      if (!involved || link) continue;
      auto& sorted = all_[source] = occurrences;
      std::ranges::stable_sort(sorted, [](const Occurrence* a, const Occurrence* b) { return in_order(*a, *b); });
    }
  }

  EditedSource run(const std::vector<Intent>& intents) {
    if (!describes()) {
      for (const Intent& intent : intents) {
        result_.refused.emplace_back(&intent, EditedSource::Refusal::changed_meanwhile);
      }
      return std::move(result_);
    }
    make(units_of(intents));
    return std::move(result_);
  }

 private:
  // Whether the occurrences still describe the bytes.
  [[nodiscard]] bool describes() const {
    const Overlay files(files_, file_, result_.before);
    return std::ranges::all_of(all_, [&](const auto& entry) {
      return std::ranges::equal(collected(entry.first, entry.second, files, collecting_), entry.second,
                                [](const Occurrence& a, const Occurrence* b) { return same_place(a, *b); });
    });
  }

  // The edited bytes, when every place reads as it should afterwards.
  [[nodiscard]] std::optional<Bytes> edited(const std::vector<const Intent*>& intents) const {
    std::vector<collect::Edit> edits;
    std::map<const Occurrence*, const image::Reference*> meant;
    for (const Intent* intent : intents) {
      edits.insert(edits.end(), intent->edits.begin(), intent->edits.end());
      meant.emplace(intent->occurrence, &intent->after);
    }
    auto bytes = collect::with_edits(result_.before, edits);
    if (!bytes) return std::nullopt;
    const Overlay files(files_, file_, *bytes);
    for (const auto& [source, before] : all_) {
      const bool as_meant =
          std::ranges::equal(collected(source, before, files, collecting_), before,
                             [&meant](const Occurrence& now, const Occurrence* was) {
                               const auto intent = meant.find(was);
                               return now.file == was->file && now.path == was->path && now.format == was->format &&
                                      now.reference == (intent == meant.end() ? was->reference : *intent->second);
                             });
      if (!as_meant) return std::nullopt;
    }
    return std::move(*bytes);
  }

  // All at once when that reads as it should; else each half by itself, so that one bad place costs no other.
  void make(const std::vector<Unit>& units) {
    if (units.empty()) return;
    std::vector<const Intent*> together = result_.made;
    for (const Unit& unit : units) together.insert(together.end(), unit.begin(), unit.end());
    auto bytes = --attempts_ >= 0 ? edited(together) : std::nullopt;
    if (bytes) {
      result_.after = std::move(*bytes);
      result_.made = std::move(together);
      return;
    }
    if (units.size() == 1 || attempts_ < 0) {
      for (const Unit& unit : units) refuse(unit);
      return;
    }
    const auto middle = units.begin() + static_cast<std::ptrdiff_t>(units.size() / 2);
    make({units.begin(), middle});
    make({middle, units.end()});
  }

  void refuse(const Unit& unit) {
    using Refusal = EditedSource::Refusal;
    const Refusal why = std::ranges::any_of(unit, is_shared) ? Refusal::shared : Refusal::unproven;
    for (const Intent* intent : unit) result_.refused.emplace_back(intent, why);
  }

  const std::string& file_;
  const collect::Files& files_;
  const Collecting& collecting_;
  OccurrencesBySource all_;
  EditedSource result_;
  int attempts_ = kMostAttempts;
};

}  // namespace

void add_by_source(const Occurrence& occurrence, OccurrencesBySource& to) {
  to[occurrence.found_from.empty() ? occurrence.file : occurrence.found_from].push_back(&occurrence);
}

std::optional<Bytes> read_source(const Workspace& workspace, const std::string& file) {
  auto descent = tree::Descent::at(workspace.root.string());
  if (!descent) return std::nullopt;
  const tree::Opening opening = descent->open(file);
  if (opening.outcome != tree::Outcome::opened) return std::nullopt;
  tree::Contents contents;
  tree::read_contents(opening, kMostFile, contents);
  if (contents.outcome != tree::Outcome::opened) return std::nullopt;
  return std::move(contents.bytes);
}

EditedSource edit_text(const std::string& file, Bytes bytes, const collect::Files& files, const Collecting& collecting,
                       const OccurrencesBySource& all, const std::vector<Intent>& intents) {
  return Editor(file, std::move(bytes), files, collecting, all).run(intents);
}

}  // namespace lock::ops
