#include "tests/support/slot_editor.hpp"

#include <algorithm>
#include <stdexcept>

#include "lockfile/policy/checks.hpp"
#include "lockfile/policy/policy.hpp"
#include "resolver/collect/finders.hpp"

namespace lock::test {
namespace {

// The first range takes the text, the others become empty: what lies between (folds, escapes) stays.
void replace(const image::Slot& slot, const FileMap& files, std::string_view text, std::vector<Edit>& edits) {
  const std::string& bytes = files.at(slot.file);
  for (std::size_t i = 0; i < slot.ranges.size(); ++i) {
    const Span range = slot.ranges[i];
    edits.push_back({slot.file, range.begin, bytes.substr(range.begin, range.size()), i == 0 ? std::string(text) : ""});
  }
}

std::vector<Edit> sorted(std::vector<Edit> edits) {
  std::sort(edits.begin(), edits.end(), [](const Edit& a, const Edit& b) {
    return a.file != b.file ? a.file < b.file : a.begin > b.begin;  // from the end, so that offsets stay right
  });
  return edits;
}

}  // namespace

std::vector<Edit> pin_edits(const image::Occurrence& occurrence, const FileMap& files, std::string_view digest) {
  std::vector<Edit> edits;
  const auto& slots = occurrence.slots;
  const auto has = [&](image::Part part) {
    return std::any_of(slots.begin(), slots.end(), [part](const auto& slot) { return slot.part == part; });
  };
  const bool latest = !has(image::Part::tag) && !occurrence.reference->digest();
  const auto& last = slots.back();
  if (last.part == image::Part::digest) {
    replace(last, files, (last.text.empty() ? last.lead : "") + std::string(digest), edits);
    if (latest) {
      const auto& name = slots[slots.size() - 2];
      edits.push_back({name.file, name.ranges.back().end, "", ":latest"});
    }
  } else {
    edits.push_back({last.file, last.ranges.back().end, "", (latest ? ":latest@" : "@") + std::string(digest)});
  }
  return sorted(std::move(edits));
}

std::vector<Edit> tag_edits(const image::Occurrence& occurrence, const FileMap& files, std::string_view tag) {
  std::vector<Edit> edits;
  for (const auto& slot : occurrence.slots) {
    if (slot.part == image::Part::tag) replace(slot, files, tag, edits);
  }
  return sorted(std::move(edits));
}

void apply(const std::vector<Edit>& edits, FileMap& files) {
  for (const Edit& edit : edits) files.at(edit.file).replace(edit.begin, edit.before.size(), edit.after);
}

void undo(const std::vector<Edit>& edits, FileMap& files) {
  for (auto edit = edits.rbegin(); edit != edits.rend(); ++edit) {
    files.at(edit->file).replace(edit->begin, edit->after.size(), edit->before);
  }
}

MappedFiles::MappedFiles(const FileMap& files) {
  for (const auto& [path, bytes] : files) texts_.try_emplace(path, path, bytes);
}

const collect::SourceText* MappedFiles::find(std::string_view path) const {
  const auto found = texts_.find(path);
  return found == texts_.end() ? nullptr : &found->second;
}

policy::Policy policy_of(const FileMap& files) {
  const auto file = files.find("images.toml");
  if (file == files.end()) return {};
  auto settings = settings::read(file->second, file->first, policy::adjustable_checks());
  if (!settings) throw std::logic_error(settings.error().message);
  return policy::Policy::make({{std::move(*settings), ""}}).value();
}

image::Collected collect_all(const FileMap& files) {
  image::Collected out;
  const policy::Policy policy = policy_of(files);
  const MappedFiles neighbours(files);
  for (const auto& [path, bytes] : files) {
    std::vector<collect::PatternRun> patterns;
    for (const auto& [rule, by_name] : policy.collecting(path)) patterns.push_back({&rule->pattern, by_name, 0});
    if (patterns.empty() && !collect::worth_reading(path, bytes)) continue;
    const collect::Source source(path, bytes);
    image::Collected part = collect::collect(source, neighbours, patterns);
    std::move(part.occurrences.begin(), part.occurrences.end(), std::back_inserter(out.occurrences));
    std::move(part.problems.begin(), part.problems.end(), std::back_inserter(out.problems));
  }
  collect::keep_one_a_finder({&out, 1});
  return out;
}

}  // namespace lock::test
