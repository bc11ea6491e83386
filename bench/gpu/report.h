// Tables of measurements: every row is printed as soon as it is there, and all of them are
// written as JSON in the end, a list of objects a table.
#pragma once

#include <stdint.h>

#include <string>
#include <vector>

namespace gpu_check {

struct Column {
  const char* name;
  int width;
};

struct Table {
  const char* name;
  std::vector<Column> columns;
};

// A cell, as it is printed and as JSON has it.
struct Value {
  Value(const char* text) : Value(std::string(text)) {}
  Value(const std::string& text);
  Value(uint64_t count);
  Value(int count) : Value(static_cast<uint64_t>(count)) {}
  Value(double number, int digits);  // digits after the point
  static Value none();
  static Value flag(bool is, const char* if_so, const char* if_not);

  std::string text, json;
  bool is_number;

 private:
  Value(std::string text, std::string json);
};

class Report {
 public:
  void add(const Table& table, std::vector<Value> cells);
  // A part, or something of it, that was not done, and why.
  void skip(const std::string& what, const std::string& why);
  // What is wrong: with the device, the program or its results.
  void fail(const std::string& what, const std::string& why);

  bool has_failed() const { return !failed_.empty(); }
  bool write_json(const char* path) const;

 private:
  struct Rows {
    const Table* table;
    std::vector<std::string> objects;
  };

  std::vector<Rows> tables_;
  std::vector<std::string> skipped_, failed_;
};

}  // namespace gpu_check
