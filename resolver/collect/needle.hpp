// Bytes that a file must hold to be worth parsing. Every file of the tree is searched for some dozen of these, so this
// is where a scan spends its time.
#pragma once

#include <array>
#include <cstddef>
#include <cstring>
#include <string_view>

namespace lock::collect {

class Needle {
 public:
  constexpr Needle(const char* text) : text_(text) {  // NOLINT(google-explicit-constructor): tables spell plain text
    for (std::size_t at = 1; at < text_.size(); ++at) {
      if (rarity(text_[at]) > rarity(text_[rarest_])) rarest_ = at;
    }
  }

  [[nodiscard]] constexpr std::string_view text() const { return text_; }

  // Looks for the rarest of its bytes and compares around it: memchr passes over the rest many bytes at a time, while
  // std::string_view::find stops at each byte that equals the first one. The empty needle is everywhere.
  [[nodiscard]] bool is_in(std::string_view bytes) const {
    if (text_.empty()) return true;
    while (bytes.size() >= text_.size()) {
      const std::size_t room = bytes.size() - text_.size() + 1;
      const void* found = std::memchr(bytes.data() + rarest_, text_[rarest_], room);
      if (found == nullptr) return false;
      const auto begin = static_cast<std::size_t>(static_cast<const char*>(found) - bytes.data()) - rarest_;
      if (bytes[begin] == text_.front() && bytes.substr(begin, text_.size()) == text_) return true;
      bytes.remove_prefix(begin + 1);
    }
    return false;
  }

 private:
  // The bytes of configuration files from the commonest to the rarest of the common ones; all others are rarer.
  static constexpr std::size_t rarity(char c) {
    constexpr std::string_view common = " eatoinrsl:-mcdpu\n/.\"gf_hbvyk012#{}=$(),";
    return common.find(c);  // npos is the largest
  }

  std::string_view text_;
  std::size_t rarest_ = 0;
};

// What one file holds of the needles. Several collectors ask for the same ones, and each is looked for once.
class Needles {
 public:
  explicit Needles(std::string_view bytes) : bytes_(bytes) {}

  [[nodiscard]] bool hold(const Needle& needle) {
    if (const Answer* answer = find(needle)) return answer->is_there;
    const bool is_there = needle.is_in(bytes_);
    if (count_ < answers_.size()) answers_[count_++] = {needle.text(), is_there};
    return is_there;
  }
  // Whether it was looked for in vain. Looks for nothing.
  [[nodiscard]] bool are_known_to_lack(const Needle& needle) const {
    const Answer* answer = find(needle);
    return answer != nullptr && !answer->is_there;
  }

 private:
  struct Answer {
    std::string_view text;
    bool is_there = false;
  };

  [[nodiscard]] const Answer* find(const Needle& needle) const {
    for (std::size_t i = 0; i < count_; ++i) {
      if (answers_[i].text == needle.text()) return &answers_[i];
    }
    return nullptr;
  }

  std::string_view bytes_;
  std::array<Answer, 24> answers_{};
  std::size_t count_ = 0;
};

}  // namespace lock::collect
