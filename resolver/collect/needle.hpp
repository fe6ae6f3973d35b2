// Bytes that a file must hold to be worth parsing. Every file of the tree is searched for some dozen of these, so this
// is where a scan spends its time.
#pragma once

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

  // Looks for the rarest of its bytes and compares around it: memchr passes over the rest many bytes at a time, while
  // std::string_view::find stops at each byte that equals the first one. The empty needle is everywhere.
  [[nodiscard]] bool is_in(std::string_view bytes) const {
    if (text_.empty()) return true;
    while (bytes.size() >= text_.size()) {
      const std::size_t room = bytes.size() - text_.size() + 1;
      const void* found = std::memchr(bytes.data() + rarest_, text_[rarest_], room);
      if (found == nullptr) return false;
      const auto begin = static_cast<std::size_t>(static_cast<const char*>(found) - bytes.data()) - rarest_;
      if (bytes.substr(begin, text_.size()) == text_) return true;
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

}  // namespace lock::collect
