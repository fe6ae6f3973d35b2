// Every folder tests/cases/collect/<format>/<case>/: what the collectors find in its files is `expected.txt`; and what
// can be edited is edited, found again as edited, and put back.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "tests/support/golden.hpp"
#include "tests/support/slot_editor.hpp"

namespace lock::test {
namespace {

constexpr std::string_view kExpected = "expected.txt";
constexpr std::string_view kDigest = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

std::string in_quotes(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '\n') {
      out += "\\n";
    } else if (c == '\r') {
      out += "\\r";
    } else {
      out += c;
    }
  }
  return out + "\"";
}

std::string show(Position position) { return std::to_string(position.line) + ":" + std::to_string(position.column); }

std::string show(const image::Slot& slot, const FileMap& files) {
  constexpr std::string_view kParts[] = {"registry", "name", "tag", "digest"};
  constexpr std::string_view kStyles[] = {"plain", "single-quoted", "double-quoted", "folded", "literal"};
  std::string out = "  " + std::string(kParts[static_cast<std::size_t>(slot.part)]) + " " + in_quotes(slot.text) + " " +
                    std::string(kStyles[static_cast<std::size_t>(slot.style)]);
  out += " " + slot.file;
  std::string written;
  for (const Span range : slot.ranges) {
    out += " " + std::to_string(range.begin) + "-" + std::to_string(range.end);
    written += files.at(slot.file).substr(range.begin, range.size());
  }
  if (written != slot.text) out += " written " + in_quotes(written);
  if (!slot.lead.empty()) out += " lead " + in_quotes(slot.lead);
  return out + (slot.shared ? " shared" : "") + "\n";
}

std::string show(const image::Occurrence& occurrence, const FileMap& files) {
  constexpr std::string_view kStatus[] = {"resolved", "unresolved", "ignored", "first-party"};
  std::string out = occurrence.file + ":" + show(occurrence.position) + " " + occurrence.format + " " +
                    std::string(kStatus[static_cast<std::size_t>(occurrence.status)]);
  if (occurrence.occurrence_class == image::Class::guessed) out += " guessed";
  if (occurrence.kind == image::Kind::artifact) out += " artifact";
  if (occurrence.reference) out += " " + occurrence.reference->canonical();
  out += "\n  written " + in_quotes(occurrence.written) + "\n  path " + occurrence.path + "\n";
  if (!occurrence.object.empty()) out += "  object " + occurrence.object + "\n";
  if (!occurrence.reason.empty()) out += "  reason " + occurrence.reason + "\n";
  for (const auto& slot : occurrence.slots) out += show(slot, files);
  if (!occurrence.not_editable.empty()) out += "  not editable: " + occurrence.not_editable + "\n";
  return out;
}

std::string show(const image::Problem& problem) {
  constexpr std::string_view kSeverity[] = {"undetermined", "error", "warning", "note"};
  std::string out = problem.place.file + ":" + show(problem.place.position) + " " +
                    std::string(kSeverity[static_cast<std::size_t>(problem.severity)]) + "[" + problem.check +
                    "]: " + problem.message + "\n";
  if (!problem.hint.empty()) out += "  hint: " + problem.hint + "\n";
  return out;
}

std::string show(const image::Collected& found, const FileMap& files) {
  std::string out;
  for (const auto& occurrence : found.occurrences) out += show(occurrence, files);
  for (const auto& problem : found.problems) out += show(problem);
  return out.empty() ? "nothing\n" : out;
}

FileMap files_of(const std::filesystem::path& folder) {
  FileMap files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    const std::string path = std::filesystem::relative(entry.path(), folder).generic_string();
    if (entry.is_regular_file() && path != kExpected) files[path] = read_text(entry.path());
  }
  return files;
}

std::vector<std::string> all_cases() {
  std::vector<std::string> names;
  for (const std::string& format : case_names("collect")) {
    for (const std::string& name : case_names("collect/" + format)) names.push_back(format + "/" + name);
  }
  return names;
}

bool share_bytes(const image::Slot& one, const image::Slot& other) {
  if (one.file != other.file) return false;
  return std::ranges::any_of(one.ranges, [&](const Span x) {
    return std::ranges::any_of(other.ranges, [&](const Span y) { return x.begin < y.end && y.begin < x.end; });
  });
}

bool shares_bytes(const image::Occurrence& a, const image::Occurrence& b) {
  return std::ranges::any_of(a.slots, [&](const image::Slot& one) {
    return std::ranges::any_of(b.slots, [&](const image::Slot& other) { return share_bytes(one, other); });
  });
}

// The last part of an occurrence is written only where all who read it mean the same image.
bool means_one_image(const image::Occurrence& occurrence, const image::Collected& all) {
  return occurrence.slots.empty() || std::ranges::all_of(all.occurrences, [&](const image::Occurrence& other) {
           return other.reference == occurrence.reference ||
                  std::ranges::none_of(other.slots,
                                       [&](const image::Slot& s) { return share_bytes(s, occurrence.slots.back()); });
         });
}

// Makes the edits, looks whether occurrence `index` now means `wanted` and all that share no byte with it mean what
// they meant, and takes the edits back.
void expect_edited(const std::vector<Edit>& edits, std::size_t index, const std::string& wanted,
                   const image::Collected& before, FileMap files) {
  const FileMap original = files;
  apply(edits, files);
  const image::Collected after = collect_all(files);
  ASSERT_EQ(after.occurrences.size(), before.occurrences.size()) << show(after, files);
  for (std::size_t i = 0; i < after.occurrences.size(); ++i) {
    const auto& old = before.occurrences[i];
    const auto& now = after.occurrences[i];
    if (i == index) {
      ASSERT_TRUE(now.reference) << show(now, files);
      EXPECT_EQ(now.reference->canonical(), wanted) << show(now, files);
    } else if (!shares_bytes(before.occurrences[index], old)) {
      EXPECT_EQ(now.reference, old.reference) << show(now, files);
    }
  }
  undo(edits, files);
  EXPECT_EQ(files, original);
}

class CollectCase : public ::testing::TestWithParam<std::string> {};

TEST_P(CollectCase, Finds) {
  const auto folder = case_folder("collect", GetParam());
  const FileMap files = files_of(folder);
  expect_golden(folder / kExpected, show(collect_all(files), files));
}

TEST_P(CollectCase, CanBeEdited) {
  const FileMap files = files_of(case_folder("collect", GetParam()));
  const image::Collected found = collect_all(files);
  for (std::size_t i = 0; i < found.occurrences.size(); ++i) {
    const auto& occurrence = found.occurrences[i];
    if (!occurrence.reference || !occurrence.not_editable.empty()) continue;
    if (!means_one_image(occurrence, found)) continue;
    const auto digest = image::Digest::parse(kDigest);
    ASSERT_TRUE(digest);
    expect_edited(pin_edits(occurrence, files, kDigest), i, occurrence.reference->with_digest(*digest).canonical(),
                  found, files);
    if (const auto edits = tag_edits(occurrence, files, "9.8.7-edited"); !edits.empty()) {
      const image::Reference wanted(occurrence.reference->repository(), "9.8.7-edited", occurrence.reference->digest());
      expect_edited(edits, i, wanted.canonical(), found, files);
    }
  }
}

// CASES.md says which case shows which trap of the formats.
TEST(CollectCases, EveryCaseOfTheListIsThere) {
  const std::vector<std::string> known = all_cases();
  const std::string list = read_text(case_folder("collect", "CASES.md"));
  std::size_t named = 0;
  for (std::size_t at = list.find('`'); at != std::string::npos;) {
    const std::size_t end = list.find('`', at + 1);
    const std::string one = list.substr(at + 1, end - at - 1);
    const std::size_t slash = one.find('/');
    if (one.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-/") == std::string::npos && slash > 0 &&
        slash < one.size() - 1) {
      ++named;
      EXPECT_TRUE(std::ranges::find(known, one) != known.end()) << one;
    }
    at = list.find('`', end + 1);
  }
  EXPECT_GT(named, 150U);
}

INSTANTIATE_TEST_SUITE_P(Cases, CollectCase, ::testing::ValuesIn(all_cases()), case_title);

}  // namespace
}  // namespace lock::test
