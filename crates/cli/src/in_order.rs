//! Many submissions on their way at a time, decided and answered in the order in which they came.

use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use almoner_domain::refusal::Refusal;
use almoner_ledger::{Ledger, LedgerError, Receipt, Submission, SubmitError};
use tokio::task::unconstrained;

/// How many may wait for their receipts at a time; the writer's mailbox holds far more, so that none
/// ever waits outside it.
const MOST: usize = 256;

/// So long a database may be away or its disk full: it may be restarting.
const PATIENCE: Duration = Duration::from_secs(20);

/// Submissions that wait for their answers, each with what the caller wants to know it by.
pub struct InOrder<'a, T> {
    ledger: &'a Ledger,
    waiting: VecDeque<(T, Waiting<'a>)>,
}

enum Waiting<'a> {
    Answered(Answer),
    OnItsWay(Pin<Box<dyn Future<Output = Answer> + 'a>>),
}

type Answer = Result<Receipt, SubmitError>;

impl<'a, T> InOrder<'a, T> {
    /// Nothing on its way yet.
    pub fn new(ledger: &'a Ledger) -> Self {
        Self { ledger, waiting: VecDeque::new() }
    }

    /// Whether no answer is to come.
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Whether an answer must be taken before the next submission.
    pub fn is_full(&self) -> bool {
        self.waiting.len() >= MOST
    }

    /// Hands a submission to the writer; or takes a refusal in its place.
    pub async fn push(&mut self, known_by: T, submission: Result<Submission, Refusal>) {
        let waiting = match submission {
            Err(refusal) => Waiting::Answered(Err(SubmitError::Refused(refusal))),
            Ok(submission) => {
                // Polled once here, so that it stands in the writer's mailbox before the next comes.
                // Unconstrained, for otherwise the runtime may let it wait although there is room.
                let mut answer = Box::pin(unconstrained(self.ledger.submit(submission)));
                let polled = poll_fn(|context| Poll::Ready(answer.as_mut().poll(context))).await;
                match polled {
                    Poll::Ready(answer) => Waiting::Answered(answer),
                    Poll::Pending => Waiting::OnItsWay(answer),
                }
            }
        };
        self.waiting.push_back((known_by, waiting));
    }

    /// Waits for the answer of the first submission that has not got one; for ever when there is none.
    /// May be dropped and called again without losing anything.
    ///
    /// # Errors
    /// When the machine failed, or the writer has got nothing on disk for so long that nobody should wait on.
    pub async fn pop(&mut self) -> Result<(T, Result<Receipt, Refusal>), LedgerError> {
        let ledger = self.ledger;
        if let Some((_, waiting)) = self.waiting.front_mut()
            && let Waiting::OnItsWay(answer) = waiting
        {
            let answered = tokio::select! {
                biased;
                answered = answer.as_mut() => answered,
                error = ledger.stuck_for(PATIENCE) => return Err(error),
            };
            *waiting = Waiting::Answered(answered);
        }
        let Some((known_by, Waiting::Answered(answer))) = self.waiting.pop_front() else {
            return std::future::pending().await;
        };
        match answer {
            Ok(receipt) => Ok((known_by, Ok(receipt))),
            Err(SubmitError::Refused(refusal)) => Ok((known_by, Err(refusal))),
            Err(SubmitError::Fault(fault)) => Err(fault),
        }
    }
}
