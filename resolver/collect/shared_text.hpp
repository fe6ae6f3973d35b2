// Who reads the same bytes: a default value that two images are made of, or that something else depends on too.
//
// A collector says for each occurrence which bytes its text was made from (beyond what stands in the occurrence
// itself), and which bytes others read. From that follows which slots are shared, and which occurrences cannot be
// edited because their last part, where a digest would be written, means something to another reader.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "resolver/collect/mapped_text.hpp"
#include "resolver/image/occurrence.hpp"

namespace lock::collect {

class SharedText {
 public:
  // Bytes that the occurrence with this index is made from.
  void add_occurrence(const std::vector<Origin>& read, std::size_t occurrence);
  // Bytes that something else reads; `reason` says what, for the person who wants to edit.
  void add_other(const std::vector<Origin>& read, const std::string& reason);

  // Marks slots and refuses edits. O(n log n) in what was added and the slots.
  void judge(std::vector<image::Occurrence>& occurrences) const;

 private:
  struct Reader {
    Origin origin;
    std::size_t who;  // an occurrence, or behind them a reason
  };
  std::vector<Reader> occurrences_;
  std::vector<Reader> others_;
  std::vector<std::string> reasons_;
};

}  // namespace lock::collect
