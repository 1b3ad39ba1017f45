package drafting

// AnswerThreshold is the least probability that the sources answer at which
// something is proposed.
const AnswerThreshold = 0.1
