#pragma once

namespace isthmus::app {

// Large tables come from the system one by one and go back to it when they are freed, for the whole process.
void setUpHeap();

// What is free between pieces in use goes back to the system: some milliseconds of work.
void giveBackFreeMemory();

}  // namespace isthmus::app
