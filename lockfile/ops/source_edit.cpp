#include "lockfile/ops/source_edit.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <utility>

#include "resolver/collect/collector.hpp"
#include "resolver/tree/descent.hpp"

namespace lock::ops {
namespace {

using image::Occurrence;

constexpr std::size_t kMostFile = std::size_t{16} << 20;

// Neighbours as they are on disk.
class Neighbours final : public collect::Files {
 public:
  explicit Neighbours(const Workspace& workspace) : workspace_(workspace) {}
  const collect::SourceText* find(std::string_view path) const override {
    const auto [slot, fresh] = read_.try_emplace(std::string(path), nullptr);
    if (fresh) {
      if (auto bytes = read_source(workspace_, slot->first)) {
        slot->second = std::make_unique<collect::SourceText>(slot->first, std::move(*bytes));
      }
    }
    return slot->second.get();
  }

 private:
  const Workspace& workspace_;
  mutable std::map<std::string, std::unique_ptr<collect::SourceText>> read_;
};

std::vector<Occurrence> collected(const Workspace& workspace, const std::string& file, const Bytes& bytes) {
  const Neighbours neighbours(workspace);
  const collect::Source source(file, bytes);
  std::vector<Occurrence> occurrences = collect::collect(source, neighbours).occurrences;
  std::erase_if(occurrences, [&file](const Occurrence& occurrence) { return occurrence.file != file; });
  std::ranges::stable_sort(occurrences, [](const Occurrence& a, const Occurrence& b) {
    return std::tie(a.span.begin, a.path) < std::tie(b.span.begin, b.path);
  });
  return occurrences;
}

bool same_place(const Occurrence& a, const Occurrence& b) {
  return a.span == b.span && a.path == b.path && a.written == b.written && a.reference == b.reference;
}

class Editor {
 public:
  Editor(const Workspace& workspace, std::string file, const std::vector<const Occurrence*>& all)
      : workspace_(workspace), file_(std::move(file)), all_(all) {
    std::ranges::stable_sort(all_, [](const Occurrence* a, const Occurrence* b) {
      return std::tie(a->span.begin, a->path) < std::tie(b->span.begin, b->path);
    });
  }

  // Whether the scan still describes these bytes.
  [[nodiscard]] bool describes(const Bytes& bytes) const {
    const auto now = collected(workspace_, file_, bytes);
    return std::ranges::equal(now, all_, [](const Occurrence& a, const Occurrence* b) { return same_place(a, *b); });
  }

  // The edited bytes, when every place reads as it should afterwards.
  [[nodiscard]] std::optional<Bytes> make(const Bytes& bytes, const std::vector<const Intent*>& intents) const {
    std::vector<collect::Edit> edits;
    std::map<const Occurrence*, const image::Reference*> meant;
    for (const Intent* intent : intents) {
      edits.insert(edits.end(), intent->edits.begin(), intent->edits.end());
      meant.emplace(intent->occurrence, &intent->after);
    }
    auto edited = collect::with_edits(bytes, edits);
    if (!edited) return std::nullopt;
    const auto now = collected(workspace_, file_, *edited);
    const bool as_meant = std::ranges::equal(now, all_, [&](const Occurrence& after, const Occurrence* before) {
      const auto intent = meant.find(before);
      if (after.path != before->path || after.format != before->format) return false;
      return intent == meant.end() ? after.reference == before->reference : after.reference == *intent->second;
    });
    if (!as_meant) return std::nullopt;
    return std::move(*edited);
  }

 private:
  const Workspace& workspace_;
  std::string file_;
  std::vector<const Occurrence*> all_;
};

bool is_shared(const Intent& intent) {
  return std::ranges::any_of(intent.occurrence->slots, [](const image::Slot& slot) { return slot.shared; });
}

}  // namespace

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

Result<EditedSource> edit_source(const Workspace& workspace, const std::string& file,
                                 const std::vector<const Occurrence*>& all, const std::vector<Intent>& intents) {
  EditedSource result;
  auto bytes = read_source(workspace, file);
  if (!bytes) return fail(ErrorKind::io, "cannot read " + file + " again");
  result.before = *bytes;
  result.after = *bytes;
  const Editor editor(workspace, file, all);
  const auto refuse = [&result](const Intent& intent, std::string why) {
    result.refused.emplace_back(&intent, std::move(why));
  };
  if (!editor.describes(*bytes)) {
    for (const Intent& intent : intents) refuse(intent, "the file changed meanwhile");
    return result;
  }
  std::vector<const Intent*> alone;
  std::vector<const Intent*> together;
  for (const Intent& intent : intents) {
    together.push_back(&intent);
    if (!is_shared(intent)) alone.push_back(&intent);
  }
  if (auto edited = editor.make(*bytes, together)) {
    result.after = std::move(*edited);
    result.made = std::move(together);
    return result;
  }
  auto edited = alone.size() < together.size() ? editor.make(*bytes, alone) : std::nullopt;
  for (const Intent& intent : intents) {
    if (!edited) {
      refuse(intent, "the edited file would not say what it should");
    } else if (is_shared(intent)) {
      refuse(intent, "its text is shared with another place, which would change too");
    } else {
      result.made.push_back(&intent);
    }
  }
  if (edited) result.after = std::move(*edited);
  return result;
}

}  // namespace lock::ops
