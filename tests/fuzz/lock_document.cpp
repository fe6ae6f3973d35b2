// images.lock: any bytes give findings or a document, and a document that was read writes to what reads the same.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "lockfile/document/read.hpp"
#include "lockfile/document/write.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const lock::document::Reading reading = lock::document::read(text, "images.lock");
  const lock::document::Reading again = lock::document::read(lock::document::write(reading.document), "images.lock");
  if (!again.findings.empty() || !(again.document == reading.document)) std::abort();
  return 0;
}
